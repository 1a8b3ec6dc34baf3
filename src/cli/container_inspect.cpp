#include "cli/container_inspect.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cgroup/choose.h"
#include "cgroup/slice.h"
#include "container/state.h"
#include "container/storage.h"
#include "util/disk_use.h"
#include "util/signals.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time

std::string time_text(uint64_t ns) { return ns == 0 ? kNever : format_time(ns); }

Json state_of(const Record& record) {
  const std::string state = state_name(record);
  const bool alive = is_alive(record);
  const bool oom = record.exit && record.exit->reason == Reason::out_of_memory;
  return {{"Status", state},
          {"Running", alive},
          {"Paused", state == "paused"},
          {"Restarting", state == "restarting"},
          {"OOMKilled", oom},
          {"Dead", state == "dead"},
          {"Pid", alive ? record.init.pid : 0},
          {"ExitCode", record.exit ? record.exit->status : 0},
          {"Error", ""},
          {"StartedAt", time_text(record.started_ns)},
          {"FinishedAt", time_text(record.exit ? record.exit->finished_ns : 0)}};
}

/// Nobody has given it addresses: it has the host's network, or a loop alone.
Json network_settings(const Record& record, const ContainerSpec& spec) {
  const Json none = {{"IPAddress", ""}, {"IPPrefixLen", 0}, {"Gateway", ""}, {"MacAddress", ""}};
  Json settings = none;
  settings["SandboxKey"] = is_alive(record) ? "/proc/" + std::to_string(record.init.pid) + "/ns/net" : "";
  settings["Ports"] = Json::object();
  settings["Networks"] = {{spec.namespaces.host_network ? "host" : "none", none}};
  return settings;
}

/// As Go has sets: {"80/tcp": {}}; none is null.
template <typename Names>
Json set_of(const Names& names) {
  Json set;
  for (const std::string& name : names) set[name] = Json::object();
  return set;
}

Json config_of(const Record& record, const ContainerSpec& spec) {
  return {{"Hostname", spec.hostname},
          {"User", spec.process.user},
          {"Tty", spec.process.terminal},
          {"OpenStdin", spec.process.stdin_open},
          {"StdinOnce", spec.process.stdin_once},
          {"Env", spec.process.env},
          {"ExposedPorts", set_of(spec.config.exposed_ports)},
          {"Volumes", set_of(spec.config.volumes)},
          {"Cmd", spec.config.entrypoint.empty() ? record.command : spec.config.cmd},
          {"Image", record.image},
          {"WorkingDir", spec.process.cwd},
          {"Entrypoint", spec.config.entrypoint.empty() ? Json() : Json(spec.config.entrypoint)},
          {"Labels", record.labels},
          {"StopSignal", signal_name(spec.stop.signal)},
          {"StopTimeout", spec.stop.grace_usec / 1'000'000}};
}

Json mounts_of(const Record& record) {
  Json list = Json::array();
  for (const Mount& mount : record.mounts) {
    const bool volume = !mount.volume.empty();
    const bool readonly = std::find(mount.options.begin(), mount.options.end(), "ro") != mount.options.end();
    Json object = {{"Type", volume ? "volume" : mount.type}};
    if (volume) object["Name"] = mount.volume;
    object["Source"] = mount.source;
    object["Destination"] = mount.destination;
    if (volume) object["Driver"] = "local";
    object["Mode"] = join(mount.options, ",");
    object["RW"] = !readonly;
    object["Propagation"] = "";
    list.push_back(object);
  }
  return list;
}

Json graph_driver(const Record& record) {
  if (record.root.kind == Root::Kind::none) return {{"Name", "none"}, {"Data", nullptr}};
  std::string lower = join(record.root.layers, ":");
  if (lower.empty()) lower = record.root.path;
  return {{"Name", "overlay2"},
          {"Data",
           {{"LowerDir", lower},
            {"MergedDir", ""},  // in the container's mount namespace alone
            {"UpperDir", record.layer + "/0/upper"},
            {"WorkDir", record.layer + "/0/work"}}}};
}

Json usage_of(const Statistics& usage) {
  Json json = Json::object();
  const auto add = [&](const char* key, const std::optional<uint64_t>& value) {
    if (value) json[key] = *value;
  };
  add("CpuUsec", usage.cpu_usec);
  add("CpuUserUsec", usage.cpu_user_usec);
  add("CpuSystemUsec", usage.cpu_system_usec);
  add("Periods", usage.periods);
  add("ThrottledPeriods", usage.throttled_periods);
  add("ThrottledUsec", usage.throttled_usec);
  add("MemoryCurrent", usage.memory_current);
  add("MemoryPeak", usage.memory_peak);
  add("SwapCurrent", usage.swap_current);
  add("IoReadBytes", usage.io_read_bytes);
  add("IoWriteBytes", usage.io_write_bytes);
  add("TasksCurrent", usage.tasks_current);
  add("TasksPeak", usage.tasks_peak);
  add("TasksLimitHits", usage.tasks_limit_hits);
  add("OomKills", usage.oom_kills);
  for (const auto& [resource, pressure] : usage.pressure)
    json["Pressure"][resource] = {{"SomeUsec", pressure.some_usec}, {"FullUsec", pressure.full_usec}};
  return json;
}

// Never their values.
Json credentials_of(const ContainerSpec& spec) {
  Json list = Json::array();
  for (const Credential& credential : spec.credentials)
    list.push_back({{"Id", credential.id}, {"Source", credential.source}});
  return list;
}

Json sdcont_of(const Record& record, const ContainerSpec* spec) {
  Json json = {{"Unit", ""}, {"Slice", ""}, {"CgroupPath", ""}, {"Manager", ""}};
  if (record.layer_limit) {
    json["Storage"] = {{"Size", record.layer_limit->size},
                       {"By", layer_limit_name(record.layer_limit->kind)}};
  }
  if (spec != nullptr) {
    json["Credentials"] = credentials_of(*spec);
    json["Systemd"] = spec->systemd;
    json["Registered"] = spec->registered;
  }
  if (record.cgroup) {
    const CgroupRecord& cgroup = *record.cgroup;
    json["Unit"] = cgroup.unit;
    json["Slice"] = slice_of(cgroup);
    std::string path = cgroup.directory("memory");
    if (path.empty() && !cgroup.payload.empty()) path = cgroup.payload.begin()->second;
    json["CgroupPath"] = path;
    json["Manager"] = cgroup_manager_name(cgroup.manager);
  }
  json["Limits"] = inspect_limits(record, spec);
  if (record.exit) {
    json["Usage"] = usage_of(record.exit->usage);
  } else if (record.cgroup) {
    json["Usage"] = usage_of(read_statistics(*record.cgroup));
  }
  json["Reason"] = record.exit ? reason_name(record.exit->reason) : "";
  json["Explanation"] = record.exit ? record.exit->explanation : "";
  json["Supervisor"] = {{"Pid", record.supervisor.pid}, {"Running", is_running(record.supervisor)}};
  return json;
}

std::optional<ContainerSpec> spec_of(const Record& record, const Store& store) {
  try {
    return store.load_spec(record.id);
  } catch (const Error&) {
    if (!store.load(record.id)) throw Error("container " + record.name + " is gone");
    return std::nullopt;  // of a dead container, or one of an older version
  }
}

}  // namespace

Json inspect_container(const Record& record, const Store& store, bool size) {
  const auto spec = spec_of(record, store);
  Json json = {{"Id", record.id},
               {"Created", format_time(record.created_ns)},
               {"Path", record.command.empty() ? "" : record.command[0]},
               {"Args", Json::array()},
               {"State", state_of(record)},
               {"Image", record.image_id.empty() ? record.image : record.image_id},
               {"Name", "/" + record.name},
               {"RestartCount", record.restarts},
               {"Driver", "overlay2"},
               {"Platform", "linux"},
               {"HostConfig", Json::object()},
               {"GraphDriver", graph_driver(record)},
               {"Mounts", mounts_of(record)},
               {"Config", Json::object()},
               {"NetworkSettings", Json::object()},
               {"Sdcont", sdcont_of(record, spec ? &*spec : nullptr)}};
  for (size_t i = 1; i < record.command.size(); ++i) json["Args"].push_back(record.command[i]);
  if (spec) {
    json["HostConfig"] = inspect_host_config(record, *spec);
    json["Config"] = config_of(record, *spec);
    json["NetworkSettings"] = network_settings(record, *spec);
  }
  if (size) {
    try {
      json["SizeRw"] = disk_use(open_storage(record).get(), ".");
    } catch (const Error&) {
      json["SizeRw"] = 0;  // it was in memory
    }
  }
  return json;
}

}  // namespace sdcont
