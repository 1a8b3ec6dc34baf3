#pragma once

#include <vector>

#include "rootfs/plan.h"
#include "util/fd.h"

namespace sdcont {

/// `storage`: a mount, attached nowhere, that is put on the directory of the writable layers first, or -1.
/// Makes the container's root and enters it. To be called single-threaded, as root, in new mount and pid
/// (and, unless shared, network, ipc and uts) namespaces, while the host's root is still "/". On return "/"
/// and the working directory are the container's root and nothing of the host's is mounted any more.
void build_root(const MountPlan& plan, int storage = -1);

/// Mounts /sys/fs/cgroup. To be called after build_root, in the container's cgroup and cgroup namespace.
/// `own`: the container's cgroups as detached mounts, one for each MountKind::cgroup in the plan's order; or
/// none, and they are mounted anew.
void mount_cgroups(const MountPlan& plan, std::vector<Fd> own);

/// Binds a terminal, opened from the container's own /dev/pts, over /dev/console. `root` is a descriptor of
/// the container's root, or -1 for "/".
void bind_console(int root, int terminal);

}  // namespace sdcont
