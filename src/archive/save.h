#pragma once

#include <string>
#include <vector>

#include "archive/pack.h"
#include "image/store.h"

namespace sdcont {

/// Writes images to an archive that both docker (docker-archive) and every tool for OCI images can read: an
/// OCI layout with docker's manifest.json beside it. `names`: what each is called in it, none or several.
struct SavedImage {
  Image image;
  std::vector<std::string> names;
};
void save_images(const ImageStore& store, const std::vector<SavedImage>& images, const ByteSink& sink);

}  // namespace sdcont
