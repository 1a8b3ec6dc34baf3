#pragma once

#include <nlohmann/json.hpp>

#include "util/process_id.h"

namespace sdcont {

/// A process as records name it.
inline nlohmann::json process_to_json(const ProcessId& process) {
  return {{"pid", process.pid}, {"startTime", process.start_time}};
}

inline ProcessId process_from_json(const nlohmann::json& object) {
  return {object.at("pid"), object.at("startTime")};
}

}  // namespace sdcont
