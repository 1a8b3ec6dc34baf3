#pragma once

#include <sys/types.h>

#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// The processes in the container's cgroup and those below it, as this pid namespace numbers them, ascending;
/// without those that it does not know.
std::vector<pid_t> processes_of(const CgroupRecord& record);

}  // namespace sdcont
