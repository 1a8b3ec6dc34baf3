#pragma once

#include "rootfs/plan.h"
#include "util/fd.h"

namespace sdcont {

/// A detached overlay mount for a MountKind::overlay step. Makes step.layer with upper (mode and owner as the
/// topmost lower directory has them) and work where they are missing. Only while the host's root is still
/// "/", and its mounts no longer reach the host.
Fd make_overlay(const MountStep& step);

}  // namespace sdcont
