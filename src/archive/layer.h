#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archive/staging.h"

namespace sdcont {

/// A layer as it comes: a part of a file, compressed or not.
struct LayerSource {
  int fd = -1;
  uint64_t offset = 0;
  uint64_t size = 0;    ///< bytes
  std::string name;     ///< for messages
  std::string digest;   ///< what it must have, or empty where nobody said
  std::string diff_id;  ///< what it must be when it is unpacked, or empty
  /// Of a file in the staging directory that is this layer and nothing else: it becomes the blob itself.
  std::string path;
  /// What OCI has no media type for (xz, bzip2) becomes a plain tar; else the blob stays as it came.
  bool convert = false;
};

struct Layer {
  Descriptor blob;  ///< with the media type of what it is compressed with
  std::string diff_id;
};

/// What tells of the progress: the layer's position, and the bytes of it that were read since the last time.
/// Called from several threads.
using LayerProgress = std::function<void(size_t layer, uint64_t bytes)>;

/// Unpacks layers in parallel, each once, and takes their blobs, where the store has them not; verifies what
/// they must be. Sources with a diff id must have been locked (Staging::lock_layers). `warn`: for what could
/// not be kept. The first failure ends the others.
std::vector<Layer> take_layers(Staging& staging, const std::vector<LayerSource>& sources,
                               const LayerProgress& progress,
                               const std::function<void(const std::string&)>& warn);

/// Of the bytes as they are; of fewer than there should be, too.
std::string digest_of(const LayerSource& source);
/// Unpacks a layer, also one that the store has: the path of its directory in the staging directory.
std::string unpack_layer(Staging& staging, const LayerSource& source);

}  // namespace sdcont
