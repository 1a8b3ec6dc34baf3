#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/container_inspect.h"
#include "process/capabilities.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
T resource(const ContainerSpec& spec, const char* key, T otherwise) {
  const auto found = spec.resources.find(key);
  if (found == spec.resources.end()) return otherwise;
  if (const auto* number = std::get_if<uint64_t>(&found->second))
    return static_cast<T>(*number == kUnlimited ? -1 : static_cast<int64_t>(*number));
  if (const auto* number = std::get_if<int64_t>(&found->second)) return static_cast<T>(*number);
  return otherwise;
}

std::string resource_text(const ContainerSpec& spec, const char* key) {
  const auto found = spec.resources.find(key);
  const auto* text = found == spec.resources.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? "" : *text;
}

Json devices_of(const ContainerSpec& spec, const std::string& key, const char* what) {
  Json list = Json::array();
  const auto found = spec.resources.find("blockIO/" + key);
  const auto* devices =
      found == spec.resources.end() ? nullptr : std::get_if<std::vector<DeviceValue>>(&found->second);
  if (devices == nullptr) return list;
  for (const DeviceValue& device : *devices) list.push_back({{"Path", device.path}, {what, device.value}});
  return list;
}

Json binds_of(const Record& record) {
  Json list = Json::array();
  for (const Mount& mount : record.mounts) {
    if (mount.type == "tmpfs") continue;
    list.push_back((mount.volume.empty() ? mount.source : mount.volume) + ":" + mount.destination);
  }
  return list;
}

Json restart_policy(const ContainerSpec& spec) {
  constexpr std::array kNames = {"no", "on-failure", "always"};
  return {{"Name", kNames.at(static_cast<size_t>(spec.restart.policy))},
          {"MaximumRetryCount", spec.restart.most}};
}

void add_cpu(const ContainerSpec& spec, Json& json) {
  const auto quota = resource<int64_t>(spec, "cpu/quota", 0);
  const auto period = resource<int64_t>(spec, "cpu/period", 0);
  const auto asked = spec.asked_as.find("cpu/quota");
  constexpr int64_t kNano = 1'000'000'000, kPeriod = 100'000;
  const bool whole = quota > 0 && asked != spec.asked_as.end() && asked->second == "--cpus";
  json["NanoCpus"] = whole ? quota * kNano / (period > 0 ? period : kPeriod) : 0;
  json["CpuShares"] = resource<int64_t>(spec, "cpu/shares", 0);
  json["CpuPeriod"] = whole ? 0 : period;
  json["CpuQuota"] = whole ? 0 : quota;
  json["CpusetCpus"] = resource_text(spec, "cpu/cpus");
  json["CpusetMems"] = resource_text(spec, "cpu/mems");
}

void add_io(const ContainerSpec& spec, Json& json) {
  json["BlkioWeight"] = resource<int64_t>(spec, "blockIO/weight", 0);
  json["BlkioWeightDevice"] = devices_of(spec, "weightDevice", "Weight");
  json["BlkioDeviceReadBps"] = devices_of(spec, "throttleReadBpsDevice", "Rate");
  json["BlkioDeviceWriteBps"] = devices_of(spec, "throttleWriteBpsDevice", "Rate");
  json["BlkioDeviceReadIOps"] = devices_of(spec, "throttleReadIOPSDevice", "Rate");
  json["BlkioDeviceWriteIOps"] = devices_of(spec, "throttleWriteIOPSDevice", "Rate");
}

Json log_config(const Logging& logging) {
  Json options = Json::object();
  if (logging.driver == "json-file") {
    options = {{"max-size", std::to_string(logging.max_size)},
               {"max-file", std::to_string(logging.max_files)}};
  }
  return {{"Type", logging.driver}, {"Config", options}};
}

Json storage_options(const ContainerSpec& spec) {
  Json options = Json::object();
  if (spec.layer_size) options["size"] = std::to_string(*spec.layer_size);
  return options;
}

/// What was asked for beside, or without, those that a container has by default.
void add_capabilities(const ContainerSpec& spec, Json& json) {
  const auto usual = spec.privileged ? all_capabilities() : default_capabilities();
  const auto& given = spec.process.capabilities;
  const auto missing = [](const std::vector<std::string>& from, const std::vector<std::string>& in) {
    Json names;  // none is null
    for (const std::string& name : from) {
      if (std::find(in.begin(), in.end(), name) == in.end()) names.push_back(name);
    }
    return names;
  };
  json["CapAdd"] = missing(given, usual);
  json["CapDrop"] = missing(usual, given);
}

Json host_devices(const ContainerSpec& spec) {
  Json list = Json::array();
  for (const Device& device : spec.devices) {
    list.push_back({{"PathOnHost", device.source},
                    {"PathInContainer", device.path},
                    {"CgroupPermissions", device.access}});
  }
  return list;
}

}  // namespace

Json inspect_host_config(const Record& record, const ContainerSpec& spec) {
  Json json = {{"Binds", binds_of(record)},
               {"LogConfig", log_config(spec.logging)},
               {"NetworkMode", spec.namespaces.host_network ? "host" : "none"},
               {"PortBindings", Json::object()},
               {"RestartPolicy", restart_policy(spec)},
               {"AutoRemove", spec.remove},
               {"ExtraHosts", spec.extra_hosts},
               {"IpcMode", spec.namespaces.host_ipc ? "host" : "private"},
               {"PidMode", spec.namespaces.host_pid ? "host" : ""},
               {"UTSMode", spec.namespaces.host_uts ? "host" : ""},
               {"Privileged", spec.privileged},
               {"ReadonlyRootfs", spec.root.readonly},
               {"ShmSize", spec.shm_size},
               {"Sysctls", spec.sysctl},
               {"StorageOpt", storage_options(spec)},
               {"CgroupParent", spec.scope.slice},
               {"Memory", resource<int64_t>(spec, "memory/limit", 0)},
               {"MemoryReservation", resource<int64_t>(spec, "memory/reservation", 0)},
               {"MemorySwap", resource<int64_t>(spec, "memory/swap", 0)},
               {"PidsLimit", resource<int64_t>(spec, "pids/limit", 0)}};
  if (spec.process.oom_score_adj) json["OomScoreAdj"] = *spec.process.oom_score_adj;
  json["Init"] = spec.init;
  add_capabilities(spec, json);
  json["Devices"] = host_devices(spec);
  json["SecurityOpt"] = Json::array();
  if (spec.process.no_new_privileges) json["SecurityOpt"].push_back("no-new-privileges");
  add_cpu(spec, json);
  add_io(spec, json);
  json["MaskedPaths"] = spec.masked_paths;
  json["ReadonlyPaths"] = spec.readonly_paths;
  json["Ulimits"] = Json::array();
  for (const Rlimit& limit : spec.process.rlimits) {
    json["Ulimits"].push_back({{"Name", lower(limit.type.substr(limit.type.find('_') + 1))},
                               {"Hard", limit.hard},
                               {"Soft", limit.soft}});
  }
  return json;
}

}  // namespace sdcont
