#pragma once

#include <cstdint>

namespace sdcont {

/// What keeps a container's writable layers within a size.
enum class LayerLimitKind {
  quota,   ///< a project quota of the file system that they are on
  image,   ///< an ext4 file system in a sparse file, mounted by a loop device
  memory,  ///< a tmpfs: gone with the container's end
};

struct LayerLimit {
  LayerLimitKind kind = LayerLimitKind::image;
  uint64_t size = 0;     ///< bytes
  uint32_t project = 0;  ///< of a quota: the project's id
};

}  // namespace sdcont
