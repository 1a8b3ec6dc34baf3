#pragma once

#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// Writes limits into the payload's control files, in the given order, and reads back what the kernel may
/// take without a word and yet not as asked (CPU lists, IO throttles). Throws Error that names flag, file and
/// cause.
void write_limits(const CgroupRecord& record, const std::vector<ControlWrite>& writes);

/// Why a control file could not be written, in words, with what can be done about it.
Error diagnose_write(const ControlWrite& write, const std::string& directory, int error);

}  // namespace sdcont
