#include "spec/image_config.h"

#include "util/json_fields.h"

namespace sdcont {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

/// The names in {"80/tcp": {}}.
std::vector<std::string> keys_of(const json& object, const char* key) {
  std::vector<std::string> names;
  const json* set = find_field(object, key);
  if (set == nullptr) return names;
  for (const auto& [name, ignored] : set->items()) names.push_back(name);
  return names;
}

Json set_of(const std::vector<std::string>& names) {
  Json set = Json::object();
  for (const std::string& name : names) set[name] = Json::object();
  return set;
}

}  // namespace

ImageConfig image_config_from(const json& object) {
  ImageConfig config;
  config.env = words_of(object, "Env");
  config.entrypoint = words_of(object, "Entrypoint");
  config.cmd = words_of(object, "Cmd");
  config.user = text_of(object, "User");
  config.working_dir = text_of(object, "WorkingDir");
  config.stop_signal = text_of(object, "StopSignal");
  config.labels = get_or<std::map<std::string, std::string>>(object, "Labels", {});
  config.volumes = keys_of(object, "Volumes");
  config.exposed_ports = keys_of(object, "ExposedPorts");
  return config;
}

Json to_json(const ImageConfig& config) {
  Json object = Json::object();
  if (!config.user.empty()) object["User"] = config.user;
  if (!config.exposed_ports.empty()) object["ExposedPorts"] = set_of(config.exposed_ports);
  if (!config.env.empty()) object["Env"] = config.env;
  if (!config.entrypoint.empty()) object["Entrypoint"] = config.entrypoint;
  if (!config.cmd.empty()) object["Cmd"] = config.cmd;
  if (!config.volumes.empty()) object["Volumes"] = set_of(config.volumes);
  if (!config.working_dir.empty()) object["WorkingDir"] = config.working_dir;
  if (!config.labels.empty()) object["Labels"] = config.labels;
  if (!config.stop_signal.empty()) object["StopSignal"] = config.stop_signal;
  return object;
}

}  // namespace sdcont
