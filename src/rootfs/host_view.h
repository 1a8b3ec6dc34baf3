#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rootfs/plan.h"

namespace sdcont {

/// The mounts that a path lookup can reach: not those under a later mount, and of stacked ones only the
/// topmost. Parents come before their children.
std::vector<MountInfo> visible_mounts(const std::vector<MountInfo>& mounts);

/// An overlay of directories of the host (the topmost first) at `target`, with the container's writable layer
/// for that target.
MountStep plan_overlay(const std::string& target, std::vector<std::string> lowers, const WritableLayer& layer,
                       uint64_t attributes);

/// Steps that show the host's file systems below "/" without letting a change reach them: an overlay for
/// each, or a read-only bind where that is all there is to show. Kernel file systems and /proc, /sys, /dev
/// and /run are left out. `attributes` (MOUNT_ATTR_*) are added to what the host's own mount has.
std::vector<MountStep> plan_host_view(const RootContext& context, uint64_t attributes);

}  // namespace sdcont
