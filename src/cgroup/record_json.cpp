#include "cgroup/record_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cgroup/choose.h"
#include "util/error.h"

namespace sdcont {
namespace {

CgroupMode parse_mode(const std::string& name) {
  for (const CgroupMode mode : {CgroupMode::unified, CgroupMode::hybrid, CgroupMode::legacy}) {
    if (name == cgroup_mode_name(mode)) return mode;
  }
  throw Error("'" + name + "' is not a cgroup mode");
}

CgroupManager parse_manager(const std::string& name) {
  for (const CgroupManager manager : {CgroupManager::systemd, CgroupManager::cgroupfs}) {
    if (name == cgroup_manager_name(manager)) return manager;
  }
  throw Error("'" + name + "' is not a cgroup manager");
}

/// Later commands kill and remove what is in there.
void require_absolute(const std::string& directory) {
  if (!directory.starts_with('/') || directory.find("/../") != std::string::npos || directory.size() < 2) {
    throw Error("the record's cgroup '" + directory + "' is not an absolute directory");
  }
}

/// A payload's directory by its controller: half of what is written, and read by each command, goes.
std::vector<std::string> shorten(std::vector<std::string> created, const CgroupRecord& record) {
  for (std::string& directory : created) {
    const auto named = std::find_if(record.payload.begin(), record.payload.end(),
                                    [&](const auto& entry) { return entry.second == directory; });
    if (named != record.payload.end()) directory = named->first;
  }
  return created;
}

void lengthen(CgroupRecord& record) {
  for (std::string& directory : record.created) {
    const auto named = record.payload.find(directory);
    if (named != record.payload.end()) directory = named->second;
  }
}

}  // namespace

nlohmann::json cgroup_record_to_json(const CgroupRecord& record) {
  return {{"manager", cgroup_manager_name(record.manager)},
          {"mode", cgroup_mode_name(record.mode)},
          {"unit", record.unit},
          {"scope", record.scope},
          {"payload", record.payload},
          {"created", shorten(record.created, record)}};
}

CgroupRecord cgroup_record_from_json(const nlohmann::json& json) {
  CgroupRecord record;
  try {
    record.manager = parse_manager(json.at("manager").get<std::string>());
    record.mode = parse_mode(json.at("mode").get<std::string>());
    json.at("unit").get_to(record.unit);
    json.at("scope").get_to(record.scope);
    json.at("payload").get_to(record.payload);
    json.at("created").get_to(record.created);
  } catch (const nlohmann::json::exception& e) {
    throw Error(std::string("the record of the container's cgroup cannot be read: ") + e.what());
  }
  lengthen(record);
  for (const auto& [controller, directory] : record.payload) require_absolute(directory);
  for (const std::string& directory : record.created) require_absolute(directory);
  return record;
}

}  // namespace sdcont
