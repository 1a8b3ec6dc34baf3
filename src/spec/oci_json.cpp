#include "spec/oci_json.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

// OCI has int64 where we have "unlimited"
Json number(uint64_t value) { return value == kUnlimited ? Json(-1) : Json(value); }

Json devices_json(const std::vector<DeviceValue>& devices, bool weights) {
  Json list = Json::array();
  for (const DeviceValue& device : devices) {
    if (!device.no_disk.empty()) continue;
    list.push_back(
        {{"major", device.major}, {"minor", device.minor}, {weights ? "weight" : "rate", device.value}});
  }
  return list;
}

struct ValueToJson {
  bool weights;
  Json operator()(bool value) const { return value; }
  Json operator()(int64_t value) const { return value; }
  Json operator()(uint64_t value) const { return number(value); }
  Json operator()(const std::string& value) const { return value; }
  Json operator()(const std::vector<std::string>& value) const { return value; }
  Json operator()(const std::vector<DeviceValue>& value) const { return devices_json(value, weights); }
};

std::string annotation_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// "2MB:67108864" as OCI has it
Json hugepages_json(const std::vector<std::string>& limits) {
  Json list = Json::array();
  for (const std::string& limit : limits) {
    const auto parts = split(limit, ':');
    list.push_back({{"pageSize", parts.front()}, {"limit", parse_unsigned(parts.back()).value_or(0)}});
  }
  return list;
}

void put_resources(const Resources& resources, Json& config) {
  Json& target = config["linux"]["resources"];
  for (const auto& [key, value] : resources) {
    const size_t slash = key.find('/');
    const std::string family = key.substr(0, slash);
    const Json json = std::visit(ValueToJson{key.ends_with("weightDevice")}, value);
    if (key == "hugepageLimits") {
      target[family] = hugepages_json(std::get<std::vector<std::string>>(value));
    } else if (slash == std::string::npos) {
      target[family] = json;
    } else if (family == "systemd") {
      config["annotations"]["org.systemd.property." + key.substr(slash + 1)] = annotation_text(json);
    } else if (family == "unified") {
      target[family][key.substr(slash + 1)] = json == -1 ? "max" : annotation_text(json);
    } else {
      target[family][key.substr(slash + 1)] = json;
    }
  }
}

Json process_json(const Process& process) {
  Json json = {{"terminal", process.terminal}, {"user", {{"uid", 0}, {"gid", 0}}}};
  const auto parts = split(process.user, ':');
  const auto uid = parse_unsigned(parts.front());
  if (uid) {
    json["user"]["uid"] = *uid;
    if (const auto gid = parse_unsigned(parts.back()); gid && parts.size() == 2) json["user"]["gid"] = *gid;
  } else if (!process.user.empty()) {
    json["user"] = {{"username", process.user}};  // looked up inside the root when it starts
  }
  json["args"] = process.args;
  json["env"] = process.env;
  json["cwd"] = process.cwd;
  const Json none = Json::array();
  json["capabilities"] = {{"bounding", process.capabilities},
                          {"effective", process.capabilities},
                          {"permitted", process.capabilities},
                          {"inheritable", none},
                          {"ambient", none}};
  json["rlimits"] = none;
  for (const Rlimit& rlimit : process.rlimits) {
    json["rlimits"].push_back({{"type", rlimit.type}, {"soft", rlimit.soft}, {"hard", rlimit.hard}});
  }
  json["noNewPrivileges"] = process.no_new_privileges;
  if (process.nice) json["scheduler"] = {{"policy", "SCHED_OTHER"}, {"nice", *process.nice}};
  if (process.oom_score_adj) json["oomScoreAdj"] = *process.oom_score_adj;
  return json;
}

Json namespaces_json(const Namespaces& namespaces) {
  Json list = Json::array();
  const auto add = [&](const char* type, bool shared) {
    if (!shared) list.push_back({{"type", type}});
  };
  add("mount", false);
  add("cgroup", false);
  add("pid", namespaces.host_pid);
  add("ipc", namespaces.host_ipc);
  add("uts", namespaces.host_uts);
  add("network", namespaces.host_network);
  return list;
}

Json rules_json(const std::vector<DeviceRule>& rules) {
  Json list = Json::array();
  for (const DeviceRule& rule : rules) {
    Json json = {{"allow", rule.allow}, {"type", std::string(1, rule.type)}};
    if (rule.major >= 0) json["major"] = rule.major;
    if (rule.minor >= 0) json["minor"] = rule.minor;
    json["access"] = rule.access;
    list.push_back(json);
  }
  return list;
}

Json linux_json(const ContainerSpec& spec) {
  Json json = {{"namespaces", namespaces_json(spec.namespaces)}, {"resources", Json::object()}};
  json["resources"]["devices"] = rules_json(spec.device_rules);
  json["devices"] = Json::array();
  for (const Device& device : spec.devices) {
    json["devices"].push_back({{"path", device.path},
                               {"type", std::string(1, device.type)},
                               {"major", device.major},
                               {"minor", device.minor},
                               {"fileMode", device.mode},
                               {"uid", device.uid},
                               {"gid", device.gid}});
  }
  json["sysctl"] = spec.sysctl;
  json["maskedPaths"] = spec.masked_paths;
  json["readonlyPaths"] = spec.readonly_paths;
  json["cgroupsPath"] = spec.scope.slice + ":sdcont:" + spec.name;
  return json;
}

// As systemd reads it: "10s", "1500ms".
std::string timespan(uint64_t usec) {
  if (usec == kUnlimited) return "infinity";
  if (usec % 1'000'000 == 0) return std::to_string(usec / 1'000'000) + "s";
  return usec % 1000 == 0 ? std::to_string(usec / 1000) + "ms" : std::to_string(usec) + "us";
}

// What has no field in OCI.
Json annotations_json(const ContainerSpec& spec) {
  Json json = {{"org.sdcont.name", spec.name},
               {"org.sdcont.image", spec.image},
               {"org.opencontainers.image.stopSignal", signal_name(spec.stop.signal)},
               {"org.sdcont.stop-timeout", timespan(spec.stop.grace_usec)}};
  if (spec.stop.run_timeout_usec) json["org.sdcont.timeout"] = timespan(*spec.stop.run_timeout_usec);
  if (spec.init) json["org.sdcont.init"] = "true";
  if (spec.remove) json["org.sdcont.remove"] = "true";
  if (spec.privileged) json["org.sdcont.privileged"] = "true";
  if (spec.process.stdin_open) json["org.sdcont.stdin"] = "true";
  if (spec.process.preserve_fds > 0)
    json["org.sdcont.preserve-fds"] = std::to_string(spec.process.preserve_fds);
  if (spec.systemd) json["org.sdcont.systemd"] = "true";
  if (spec.registered) json["org.sdcont.registered"] = "true";
  std::vector<std::string> credentials;
  for (const Credential& credential : spec.credentials) credentials.push_back(credential.id);
  if (!credentials.empty()) json["org.sdcont.credentials"] = join(credentials, ", ");
  if (!spec.extra_hosts.empty()) json["org.sdcont.hosts"] = join(spec.extra_hosts, "; ");
  return json;
}

}  // namespace

nlohmann::ordered_json to_oci_json(const ContainerSpec& spec) {
  Json config = {
      {"ociVersion", "1.1.0"},     {"root", {{"path", spec.root.path}, {"readonly", spec.root.readonly}}},
      {"hostname", spec.hostname}, {"process", process_json(spec.process)},
      {"mounts", Json::array()},   {"linux", linux_json(spec)}};
  for (const Mount& mount : spec.mounts) {
    config["mounts"].push_back({{"destination", mount.destination},
                                {"type", mount.type},
                                {"source", mount.source},
                                {"options", mount.options}});
  }
  config["annotations"] = annotations_json(spec);
  for (const auto& [name, value] : spec.labels) config["annotations"][name] = value;
  put_resources(spec.resources, config);
  return config;
}

}  // namespace sdcont
