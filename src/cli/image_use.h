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

/// The same at the end of a command that made something of images, however that ended.
class CollectAtEnd {
 public:
  CollectAtEnd(const ImageStore& images, const StorePaths& paths) : images_(images), paths_(paths) {}
  ~CollectAtEnd();
  CollectAtEnd(const CollectAtEnd&) = delete;
  CollectAtEnd& operator=(const CollectAtEnd&) = delete;

 private:
  const ImageStore& images_;
  const StorePaths& paths_;
};

}  // namespace sdcont
