#include "image/launch_record.h"

#include <nlohmann/json.hpp>

#include "image/oci.h"
#include "util/error.h"

namespace sdcont {

std::string launch_record_to_json(const LaunchRecord& record) {
  const nlohmann::ordered_json object = {{"id", record.id},
                                         {"manifest", record.manifest},
                                         {"diffIds", record.diff_ids},
                                         {"config", to_json(record.config)}};
  return object.dump();
}

LaunchRecord launch_record_from_json(const std::string& text) {
  try {
    const auto object = nlohmann::json::parse(text);
    return {object.at("id"), object.at("manifest"), object.at("diffIds"),
            image_config_from(object.at("config"))};
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("an image's record is damaged: ") + error.what()).remedy("sdcont system check");
  }
}

}  // namespace sdcont
