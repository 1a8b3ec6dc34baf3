#pragma once

#include <nlohmann/json_fwd.hpp>

#include "image/store.h"

namespace sdcont {

/// All about an image, under docker's keys. Throws Error where it is damaged.
nlohmann::ordered_json inspect_image(const ImageStore& store, const Image& image);

}  // namespace sdcont
