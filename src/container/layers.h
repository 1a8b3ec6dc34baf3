#pragma once

#include <string>
#include <vector>

#include "rootfs/changes.h"
#include "rootfs/layer_notes.h"
#include "state/record.h"
#include "util/fd.h"

namespace sdcont {

/// One overlay of a container that launched once, with its layers open.
struct OpenOverlay {
  LayerNotes notes;
  Fd upper;
  /// Of a host's file system that very mount, apart from what is mounted in it; nothing shows that we hold
  /// it.
  std::vector<Fd> lowers;

  /// For find_changes; good as long as this lives where it is.
  [[nodiscard]] OverlayLayers layers() const;
};

/// Throws Error for a container that runs on this machine's own root.
void require_own_root(const Record& record);

/// All overlays of a container, parents before children: one, but for a view of the host's file systems.
/// Throws Error where they cannot be had any more: a file system of the host that is gone, a layer in memory.
std::vector<OpenOverlay> open_overlays(const Record& record);

}  // namespace sdcont
