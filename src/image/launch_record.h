#pragma once

#include <string>
#include <vector>

#include "spec/image_config.h"

namespace sdcont {

/// All that `sdcont run NAME` needs to know of an image: one small file a name, so that a launch reads
/// neither index, manifest nor configuration.
struct LaunchRecord {
  std::string id;  ///< digest of the configuration
  std::string manifest;
  std::vector<std::string> diff_ids;  ///< of the layers that show, the lowest first
  ImageConfig config;
};

std::string launch_record_to_json(const LaunchRecord& record);
/// Throws Error for what is none.
LaunchRecord launch_record_from_json(const std::string& text);

}  // namespace sdcont
