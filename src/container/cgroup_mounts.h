#pragma once

#include <string>
#include <vector>

#include "cgroup/host.h"
#include "rootfs/plan.h"
#include "util/fd.h"

namespace sdcont {

/// The cgroups of a process (of /proc: "self", or its pid) as detached mounts, one for each MountKind::cgroup
/// of the plan: copies of the host's mounts, in whose mount namespace the caller is. To mount a v1 hierarchy
/// anew takes the kernel longer with each cgroup of the machine: it looks at all of them for one that is just
/// going (cgroup_lock_and_drain_offline). None where the host's mounts do not show all of its cgroups.
std::vector<Fd> open_cgroup_mounts(const MountPlan& plan, const CgroupHost& host, const std::string& process);

}  // namespace sdcont
