#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// v1 shows "no limit" as the largest multiple of the page size that a signed 64-bit number holds.
inline constexpr uint64_t kV1Unlimited = 0x7fff'ffff'ffff'0000;

/// Writes limits into the payload's control files, in the given order, and reads back what the kernel may
/// take without a word and yet not as asked (CPU lists, IO throttles). What was not taken goes to `refused`.
void write_limits(const CgroupRecord& record, const std::vector<ControlWrite>& writes,
                  const std::function<void(const Refusal&)>& refused);

/// Why a control file could not be written, in words, with what can be done about it.
Refusal diagnose_write(const ControlWrite& write, const CgroupRecord& record, int error);

}  // namespace sdcont
