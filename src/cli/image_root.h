#pragma once

#include <string>

#include "spec/container_spec.h"
#include "spec/image_config.h"
#include "state/store.h"

namespace sdcont {

/// What the IMAGE of `sdcont run` is made of.
struct ImageRoot {
  Root root;
  std::string id;      ///< of a stored image
  ImageConfig config;  ///< of a stored image
};

/// `word`: "host", the path of a root directory, or a stored image. Throws Error where there is none.
ImageRoot find_image_root(const std::string& word, const StorePaths& paths);
struct LaunchImage;
ImageRoot image_root_of(LaunchImage image);
/// Whether the word is one for a stored image.
bool names_stored_image(const std::string& word);

}  // namespace sdcont
