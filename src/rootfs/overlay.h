#pragma once

#include "rootfs/plan.h"
#include "util/fd.h"

namespace sdcont {

/// A detached overlay mount for a MountKind::overlay step. Makes step.layer with upper (mode and owner as the
/// topmost lower directory has them) and work where they are missing. Only while the host's root is still
/// "/", and its mounts no longer reach the host.
Fd make_overlay(const MountStep& step);

/// The name of a file system, by its type of statfs(2), that an overlay's upper layer cannot be on, or null.
const char* refused_as_upper(long type);

}  // namespace sdcont
