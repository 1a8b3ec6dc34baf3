#pragma once

#include <vector>

#include "rootfs/plan.h"

namespace sdcont {

/// A plan's mounts beside the root itself, in order and in OCI's words. /sys/fs/cgroup is one mount of the
/// type "cgroup", as OCI has it; files that are written for the container (/etc/hosts), device nodes, and
/// paths that are masked are not mounts there.
std::vector<Mount> oci_mounts(const MountPlan& plan);

}  // namespace sdcont
