#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sdcont {

/// How an image wants to be run: the "config" of an OCI image configuration. The command line goes before it.
struct ImageConfig {
  std::vector<std::string> env;  ///< NAME=value
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::string user;         ///< USER[:GROUP]
  std::string working_dir;  ///< empty is "/"
  std::string stop_signal;  ///< "SIGTERM", "15"
  std::map<std::string, std::string> labels;
  std::vector<std::string> volumes;        ///< absolute paths
  std::vector<std::string> exposed_ports;  ///< "80/tcp"
};

/// The "config" of an image configuration; from() throws nlohmann's exceptions for fields of a wrong type.
nlohmann::ordered_json to_json(const ImageConfig& config);
ImageConfig image_config_from(const nlohmann::json& object);

}  // namespace sdcont
