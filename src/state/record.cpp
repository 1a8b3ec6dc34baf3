#include "state/record.h"

#include <array>
#include <nlohmann/json.hpp>

#include "cgroup/record_json.h"
#include "state/process_json.h"
#include "util/error.h"

namespace sdcont {
namespace {

using nlohmann::json;

constexpr std::array kReasons = {"exited", "signalled", "out-of-memory", "timeout", "stopped", "lost"};
constexpr std::array kRootKinds = {"host", "directory", "image", "none"};
constexpr std::array kLimitKinds = {"project-quota", "image", "tmpfs"};
constexpr std::array kStatuses = {"created", "launching", "running", "restarting", "exited", "dead"};

template <typename Enum, size_t N>
Enum from_name(const std::array<const char*, N>& names, const std::string& name) {
  for (size_t i = 0; i < N; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  throw Error("'" + name + "' is not known to this version of sdcont");
}

struct Counter {
  const char* name;
  std::optional<uint64_t> Statistics::*member;
};

constexpr std::array kCounters = {
    Counter{"cpuUsec", &Statistics::cpu_usec},
    Counter{"cpuUserUsec", &Statistics::cpu_user_usec},
    Counter{"cpuSystemUsec", &Statistics::cpu_system_usec},
    Counter{"periods", &Statistics::periods},
    Counter{"throttledPeriods", &Statistics::throttled_periods},
    Counter{"throttledUsec", &Statistics::throttled_usec},
    Counter{"memoryPeak", &Statistics::memory_peak},
    Counter{"memoryLimit", &Statistics::memory_limit},
    Counter{"swapPeak", &Statistics::swap_peak},
    Counter{"ioReadBytes", &Statistics::io_read_bytes},
    Counter{"ioWriteBytes", &Statistics::io_write_bytes},
    Counter{"ioReadOperations", &Statistics::io_read_operations},
    Counter{"ioWriteOperations", &Statistics::io_write_operations},
    Counter{"tasksPeak", &Statistics::tasks_peak},
    Counter{"tasksLimit", &Statistics::tasks_limit},
    Counter{"tasksLimitHits", &Statistics::tasks_limit_hits},
    Counter{"oomKills", &Statistics::oom_kills},
    Counter{"oomEvents", &Statistics::oom_events},
    Counter{"memoryHighEvents", &Statistics::memory_high_events},
    Counter{"memoryMaxEvents", &Statistics::memory_max_events},
};

json to_json(const Statistics& usage) {
  json object = json::object();
  for (const Counter& counter : kCounters) {
    if (const auto& value = usage.*counter.member) object[counter.name] = *value;
  }
  for (const auto& [resource, pressure] : usage.pressure) {
    object["pressure"][resource] = {{"someUsec", pressure.some_usec}, {"fullUsec", pressure.full_usec}};
  }
  return object;
}

Statistics statistics_from(const json& object) {
  Statistics usage;
  for (const Counter& counter : kCounters) {
    if (object.contains(counter.name)) usage.*counter.member = object.at(counter.name).get<uint64_t>();
  }
  if (!object.contains("pressure")) return usage;
  for (const auto& [resource, pressure] : object.at("pressure").items()) {
    usage.pressure[resource] = {pressure.at("someUsec"), pressure.at("fullUsec")};
  }
  return usage;
}

json to_json(const AncestorCpu& ancestor) {
  return {{"cgroup", ancestor.cgroup},
          {"bound", ancestor.bound},
          {"periods", ancestor.periods},
          {"throttledPeriods", ancestor.throttled_periods},
          {"throttledUsec", ancestor.throttled_usec}};
}

json to_json(const ExitRecord& exit) {
  json object = {{"status", exit.status},
                 {"signal", exit.signal},
                 {"reason", reason_name(exit.reason)},
                 {"explanation", exit.explanation},
                 {"finishedNs", exit.finished_ns},
                 {"wallNs", exit.wall_ns},
                 {"usage", to_json(exit.usage)}};
  for (const AncestorCpu& ancestor : exit.slowed) object["slowed"].push_back(to_json(ancestor));
  return object;
}

ExitRecord exit_from(const json& object) {
  ExitRecord exit;
  object.at("status").get_to(exit.status);
  object.at("signal").get_to(exit.signal);
  exit.reason = from_name<Reason>(kReasons, object.at("reason"));
  object.at("explanation").get_to(exit.explanation);
  object.at("finishedNs").get_to(exit.finished_ns);
  object.at("wallNs").get_to(exit.wall_ns);
  exit.usage = statistics_from(object.at("usage"));
  if (!object.contains("slowed")) return exit;
  for (const json& slowed : object.at("slowed")) {
    exit.slowed.push_back({slowed.at("cgroup"), slowed.at("bound"), slowed.at("periods"),
                           slowed.at("throttledPeriods"), slowed.at("throttledUsec")});
  }
  return exit;
}

json to_json(const Root& root) {
  json object = {{"kind", kRootKinds.at(static_cast<size_t>(root.kind))},
                 {"path", root.path},
                 {"readonly", root.readonly}};
  if (!root.layers.empty()) object["layers"] = root.layers;
  return object;
}

Root root_from(const json& object) {
  Root root;
  root.kind = from_name<Root::Kind>(kRootKinds, object.at("kind"));
  object.at("path").get_to(root.path);
  object.at("readonly").get_to(root.readonly);
  if (object.contains("layers")) object.at("layers").get_to(root.layers);
  return root;
}

json to_json(const LayerLimit& limit) {
  return {{"kind", kLimitKinds.at(static_cast<size_t>(limit.kind))},
          {"size", limit.size},
          {"project", limit.project}};
}

LayerLimit layer_limit_from(const json& object) {
  return {from_name<LayerLimitKind>(kLimitKinds, object.at("kind")), object.at("size"), object.at("project")};
}

json to_json(const std::vector<Mount>& mounts) {
  json list = json::array();
  for (const Mount& mount : mounts) {
    list.push_back({{"destination", mount.destination},
                    {"type", mount.type},
                    {"source", mount.source},
                    {"options", mount.options}});
    if (mount.volume.empty()) continue;
    list.back()["volume"] = mount.volume;
    list.back()["anonymous"] = mount.anonymous;
  }
  return list;
}

std::vector<Mount> mounts_from(const json& list) {
  std::vector<Mount> mounts;
  for (const json& object : list) {
    mounts.push_back(
        {object.at("destination"), object.at("type"), object.at("source"), object.at("options")});
    if (!object.contains("volume")) continue;
    object.at("volume").get_to(mounts.back().volume);
    object.at("anonymous").get_to(mounts.back().anonymous);
  }
  return mounts;
}

// what the kernel and the user gave us may be no UTF-8
std::string dump(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace); }

template <typename F>
auto parse(const std::string& text, F read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    throw Error(std::string("a record on disk is damaged: ") + error.what());
  }
}

}  // namespace

const char* reason_name(Reason reason) { return kReasons.at(static_cast<size_t>(reason)); }
const char* status_name(Status status) { return kStatuses.at(static_cast<size_t>(status)); }

bool stands_still(const Record& record) {
  return record.status == Status::created || record.status == Status::exited || record.status == Status::dead;
}

std::string exit_to_json(const ExitRecord& exit) { return dump(to_json(exit)); }

ExitRecord exit_from_json(const std::string& text) { return parse(text, exit_from); }

std::string record_to_json(const Record& record) {
  json object = {{"id", record.id},
                 {"name", record.name},
                 {"image", record.image},
                 {"command", record.command},
                 {"labels", record.labels},
                 {"config", to_json(record.config)},
                 {"createdNs", record.created_ns},
                 {"startedNs", record.started_ns},
                 {"status", status_name(record.status)},
                 {"restarts", record.restarts},
                 {"remove", record.remove},
                 {"layer", record.layer},
                 {"root", to_json(record.root)},
                 {"imageId", record.image_id},
                 {"client", process_to_json(record.client)},
                 {"supervisor", process_to_json(record.supervisor)},
                 {"init", process_to_json(record.init)}};
  if (!record.mounts.empty()) object["mounts"] = to_json(record.mounts);
  if (record.layer_limit) object["layerLimit"] = to_json(*record.layer_limit);
  if (record.cgroup) object["cgroup"] = cgroup_record_to_json(*record.cgroup);
  if (record.exit) object["exit"] = to_json(*record.exit);
  return dump(object);
}

Record record_from_json(const std::string& text) {
  return parse(text, [](const json& object) {
    Record record;
    object.at("id").get_to(record.id);
    object.at("name").get_to(record.name);
    object.at("image").get_to(record.image);
    object.at("command").get_to(record.command);
    object.at("labels").get_to(record.labels);
    record.config = image_config_from(object.at("config"));
    object.at("createdNs").get_to(record.created_ns);
    object.at("startedNs").get_to(record.started_ns);
    record.status = from_name<Status>(kStatuses, object.at("status"));
    object.at("restarts").get_to(record.restarts);
    object.at("remove").get_to(record.remove);
    object.at("layer").get_to(record.layer);
    record.root = root_from(object.at("root"));
    object.at("imageId").get_to(record.image_id);
    record.client = process_from_json(object.at("client"));
    record.supervisor = process_from_json(object.at("supervisor"));
    record.init = process_from_json(object.at("init"));
    if (object.contains("mounts")) record.mounts = mounts_from(object.at("mounts"));
    if (object.contains("layerLimit")) record.layer_limit = layer_limit_from(object.at("layerLimit"));
    if (object.contains("cgroup")) record.cgroup = cgroup_record_from_json(object.at("cgroup"));
    if (object.contains("exit")) record.exit = exit_from(object.at("exit"));
    return record;
  });
}

}  // namespace sdcont
