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

using Payload = std::map<std::string, std::string>;

/// Where the payload is below every hierarchy's mount: what its directories have in common at their ends.
std::string common_path(const Payload& payload) {
  if (payload.empty()) return "";
  const std::string& first = payload.begin()->second;
  size_t same = first.size();
  for (const auto& [controller, directory] : payload) {
    const auto ends = std::mismatch(first.rbegin(), first.rend(), directory.rbegin(), directory.rend());
    same = std::min(same, static_cast<size_t>(ends.first - first.rbegin()));
  }
  const size_t slash = first.find('/', first.size() - same);
  return slash == std::string::npos ? "" : first.substr(slash);
}

/// The path once, and the mounts by controller: whole directories would be most of a record that each command
/// reads.
nlohmann::json payload_to_json(Payload payload) {
  const std::string path = common_path(payload);
  for (auto& [controller, directory] : payload) directory.resize(directory.size() - path.size());
  return {{"path", path}, {"mounts", std::move(payload)}};
}

Payload payload_from_json(const nlohmann::json& json) {
  auto payload = json.at("mounts").get<Payload>();
  const auto& path = json.at("path").get_ref<const std::string&>();
  for (auto& [controller, directory] : payload) directory += path;
  return payload;
}

/// A payload's directory by its controller.
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
          {"payload", payload_to_json(record.payload)},
          {"created", shorten(record.created, record)}};
}

CgroupRecord cgroup_record_from_json(const nlohmann::json& json) {
  CgroupRecord record;
  try {
    record.manager = parse_manager(json.at("manager").get<std::string>());
    record.mode = parse_mode(json.at("mode").get<std::string>());
    json.at("unit").get_to(record.unit);
    json.at("scope").get_to(record.scope);
    record.payload = payload_from_json(json.at("payload"));
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
