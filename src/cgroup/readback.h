#pragma once

#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// Reads back a write that the kernel may take without a word and yet not as asked: CPU lists, IO throttles.
/// Throws Error that names the flag and both values.
void verify_write(const ControlWrite& write, const std::string& directory);

/// The same for properties whose failure systemd tells only its journal: IO*Max=, AllowedCPUs=,
/// AllowedMemoryNodes=. `scope` describes the scope's own cgroup as if it were the payload.
void verify_properties(const std::vector<Property>& properties, const CgroupRecord& scope);

}  // namespace sdcont
