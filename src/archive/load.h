#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/layer.h"
#include "image/oci.h"
#include "image/store.h"

namespace sdcont {

/// What tells of long work.
struct Reports {
  /// Before layers are read: their names and sizes in bytes.
  std::function<void(const std::vector<std::pair<std::string, uint64_t>>&)> begin;
  LayerProgress progress;
  std::function<void(const std::string&)> warn;
};

/// An image that is complete in the store's staging directory, or in the store.
struct TakenImage {
  Descriptor manifest;
  std::string id;
  std::vector<std::string> names;  ///< that its archive gives it
};

/// Takes the layers of a manifest and adds both to the staging directory. `config` is the text of the
/// configuration; `sources`, one a layer, say where they are.
TakenImage take_image(Staging& staging, const std::string& manifest, const Descriptor& descriptor,
                      const std::string& config, std::vector<LayerSource> sources, const Reports& reports,
                      const std::string& what);
/// The same for an image that has no manifest yet: one is made of the configuration and what the layers are.
TakenImage make_image(Staging& staging, const std::string& config, std::vector<LayerSource> sources,
                      const Reports& reports, const std::string& what);

/// Unpacks those layers of an image of the store that are not: another tool put it there, or they were lost.
void unpack_image(const ImageStore& store, const Image& image, const Reports& reports);

/// The images of an archive as docker, podman or skopeo make them (docker-archive, oci-archive), by path, or
/// "-" for the standard input. They are in the store when it returns.
std::vector<TakenImage> load_images(const ImageStore& store, const std::string& path,
                                    const Platform& platform, const Reports& reports);

}  // namespace sdcont
