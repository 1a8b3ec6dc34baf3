#pragma once

#include "state/record.h"
#include "util/fd.h"

namespace sdcont {

/// The root of a container, for paths that are resolved in it (open_in_root), never for chroot. Of one that
/// runs it is the root that its init has, with its mounts. Of one that has ended its overlays and volumes are
/// mounted once more, for this process alone: it leaves the host's mount namespace for one of its own. To be
/// called single-threaded.
Fd open_container_root(const Record& record);

}  // namespace sdcont
