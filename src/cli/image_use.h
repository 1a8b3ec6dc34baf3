#pragma once

#include <string>
#include <vector>

#include "image/store.h"
#include "state/store.h"

namespace sdcont {

/// The containers that were made of an image.
std::vector<Record> containers_of(const Image& image, const StorePaths& paths);
/// Removes what no image and no container needs.
std::optional<Removed> collect_images(const ImageStore& images, const StorePaths& paths);

}  // namespace sdcont
