#include "cli/image_use.h"

namespace sdcont {

std::vector<Record> containers_of(const Image& image, const StorePaths& paths) {
  std::vector<Record> users;
  for (Record& record : Store(paths).list()) {
    if (!image.id.empty() && record.image_id == image.id) users.push_back(std::move(record));
  }
  return users;
}

std::optional<Removed> collect_images(const ImageStore& images, const StorePaths& paths) {
  std::vector<std::string> layers;
  for (const Record& record : Store(paths).list()) {
    layers.insert(layers.end(), record.root.layers.begin(), record.root.layers.end());
  }
  return images.collect(layers);
}

CollectAtEnd::~CollectAtEnd() {
  try {
    collect_images(images_, paths_);
  } catch (const std::exception&) {
    // what is left goes with the next command
  }
}

}  // namespace sdcont
