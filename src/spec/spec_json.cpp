#include "spec/spec_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "util/error.h"

namespace sdcont {
namespace {

using nlohmann::json;

// The fields of each type, once, for both directions: a visitor gets name and member of each.

template <typename Visitor>
void visit_fields(Visitor& visit, Root& root) {
  visit("kind", root.kind);
  visit("path", root.path);
  visit("readonly", root.readonly);
  visit("layers", root.layers);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Mount& mount) {
  visit("destination", mount.destination);
  visit("type", mount.type);
  visit("source", mount.source);
  visit("options", mount.options);
  visit("makeSource", mount.make_source);
  visit("volume", mount.volume);
  visit("anonymous", mount.anonymous);
  visit("fill", mount.fill);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Device& device) {
  visit("source", device.source);
  visit("path", device.path);
  visit("access", device.access);
  visit("type", device.type);
  visit("major", device.major);
  visit("minor", device.minor);
  visit("mode", device.mode);
  visit("uid", device.uid);
  visit("gid", device.gid);
}

template <typename Visitor>
void visit_fields(Visitor& visit, DeviceRule& rule) {
  visit("allow", rule.allow);
  visit("type", rule.type);
  visit("major", rule.major);
  visit("minor", rule.minor);
  visit("access", rule.access);
}

template <typename Visitor>
void visit_fields(Visitor& visit, DeviceValue& value) {
  visit("path", value.path);
  visit("major", value.major);
  visit("minor", value.minor);
  visit("value", value.value);
  visit("noDisk", value.no_disk);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Rlimit& limit) {
  visit("type", limit.type);
  visit("soft", limit.soft);
  visit("hard", limit.hard);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Process& process) {
  visit("terminal", process.terminal);
  visit("stdinOpen", process.stdin_open);
  visit("stdinOnce", process.stdin_once);
  visit("args", process.args);
  visit("env", process.env);
  visit("cwd", process.cwd);
  visit("user", process.user);
  visit("capabilities", process.capabilities);
  visit("rlimits", process.rlimits);
  visit("noNewPrivileges", process.no_new_privileges);
  visit("oomScoreAdj", process.oom_score_adj);
  visit("nice", process.nice);
  visit("preserveFds", process.preserve_fds);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Namespaces& namespaces) {
  visit("hostNetwork", namespaces.host_network);
  visit("hostPid", namespaces.host_pid);
  visit("hostIpc", namespaces.host_ipc);
  visit("hostUts", namespaces.host_uts);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Scope& scope) {
  visit("unit", scope.unit);
  visit("slice", scope.slice);
  visit("description", scope.description);
  visit("sliceInherit", scope.slice_inherit);
  visit("asked", scope.asked);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Stop& stop) {
  visit("signal", stop.signal);
  visit("graceUsec", stop.grace_usec);
  visit("runTimeoutUsec", stop.run_timeout_usec);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Restart& restart) {
  visit("policy", restart.policy);
  visit("most", restart.most);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Logging& logging) {
  visit("driver", logging.driver);
  visit("maxSize", logging.max_size);
  visit("maxFiles", logging.max_files);
  visit("tag", logging.tag);
}

template <typename Visitor>
void visit_fields(Visitor& visit, ImageConfig& config) {
  visit("env", config.env);
  visit("entrypoint", config.entrypoint);
  visit("cmd", config.cmd);
  visit("user", config.user);
  visit("workingDir", config.working_dir);
  visit("stopSignal", config.stop_signal);
  visit("labels", config.labels);
  visit("volumes", config.volumes);
  visit("exposedPorts", config.exposed_ports);
}

template <typename Visitor>
void visit_fields(Visitor& visit, Credential& credential) {
  visit("id", credential.id);
  visit("source", credential.source);
}

template <typename Visitor>
void visit_fields(Visitor& visit, ContainerSpec& spec) {
  visit("id", spec.id);
  visit("name", spec.name);
  visit("image", spec.image);
  visit("imageId", spec.image_id);
  visit("root", spec.root);
  visit("process", spec.process);
  visit("hostname", spec.hostname);
  visit("mounts", spec.mounts);
  visit("shmSize", spec.shm_size);
  visit("devices", spec.devices);
  visit("deviceRules", spec.device_rules);
  visit("namespaces", spec.namespaces);
  visit("sysctl", spec.sysctl);
  visit("maskedPaths", spec.masked_paths);
  visit("readonlyPaths", spec.readonly_paths);
  visit("extraHosts", spec.extra_hosts);
  visit("resources", spec.resources);
  visit("askedAs", spec.asked_as);
  visit("labels", spec.labels);
  visit("config", spec.config);
  visit("scope", spec.scope);
  visit("stop", spec.stop);
  visit("restart", spec.restart);
  visit("logging", spec.logging);
  visit("layerSize", spec.layer_size);
  visit("credentials", spec.credentials);
  visit("notify", spec.notify);
  visit("systemd", spec.systemd);
  visit("registered", spec.registered);
  visit("privileged", spec.privileged);
  visit("init", spec.init);
  visit("remove", spec.remove);
  visit("bestEffort", spec.best_effort);
  visit("split", spec.split);
  visit("cgroupManager", spec.cgroup_manager);
}

template <typename Visitor>
void visit_fields(Visitor& visit, SliceSpec& slice) {
  visit("name", slice.name);
  visit("resources", slice.resources);
  visit("askedAs", slice.asked_as);
  visit("runtime", slice.runtime);
  visit("settled", slice.settled);
}

// Each byte as the code point of its number: what the user gave us may be no UTF-8, and JSON is.
json write_text(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; }))
    return text;
  std::string wide;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      wide += c;
    } else {
      wide += static_cast<char>(0xc0 | (byte >> 6));
      wide += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return wide;
}

std::string read_text(const json& value) {
  const auto& wide = value.get_ref<const std::string&>();
  std::string text;
  for (size_t i = 0; i < wide.size(); ++i) {
    const auto byte = static_cast<unsigned char>(wide[i]);
    const bool pair = byte >= 0x80 && i + 1 < wide.size();
    text += pair ? static_cast<char>((byte << 6) | (static_cast<unsigned char>(wide[++i]) & 0x3f)) : wide[i];
  }
  return text;
}

template <typename T>
json write_value(const T& value);
template <typename T>
void read_value(const json& from, T& value);

class Writer {
 public:
  template <typename T>
  void operator()(const char* name, const T& member) {
    object[name] = write_value(member);
  }
  json object = json::object();
};

class Reader {
 public:
  explicit Reader(const json& object) : object_(object.get_ref<const json::object_t&>()) {}
  template <typename T>
  void operator()(const char* name, T& member) {
    const auto found = object_.find(name);
    if (found != object_.end()) read_value(found->second, member);  // else an older version wrote it
  }

 private:
  const json::object_t& object_;
};

template <typename T>
struct IsList : std::false_type {};
template <typename T>
struct IsList<std::vector<T>> : std::true_type {};
template <typename T>
struct IsMap : std::false_type {};
template <typename K, typename V>
struct IsMap<std::map<K, V>> : std::true_type {};
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
json write_value(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return write_text(value);
  } else if constexpr (std::is_same_v<T, ResourceValue>) {
    return {value.index(), std::visit([](const auto& held) { return write_value(held); }, value)};
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<int>(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else if constexpr (IsOptional<T>::value) {
    return value ? write_value(*value) : json();
  } else if constexpr (IsList<T>::value) {
    json list = json::array();
    for (const auto& item : value) list.push_back(write_value(item));
    return list;
  } else if constexpr (IsMap<T>::value) {
    json pairs = json::array();
    for (const auto& [key, item] : value) pairs.push_back({write_value(key), write_value(item)});
    return pairs;
  } else {
    Writer writer;
    visit_fields(writer, const_cast<T&>(value));  // which only reads
    return std::move(writer.object);
  }
}

template <size_t I = 0>
void read_alternative(size_t index, const json& from, ResourceValue& value) {
  if constexpr (I < std::variant_size_v<ResourceValue>) {
    if (index != I) return read_alternative<I + 1>(index, from, value);
    std::variant_alternative_t<I, ResourceValue> held{};
    read_value(from, held);
    value = std::move(held);
  } else {
    throw Error("a limit in it is of no known type");
  }
}

template <typename T>
void read_value(const json& from, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    value = read_text(from);
  } else if constexpr (std::is_same_v<T, ResourceValue>) {
    read_alternative(from.at(0).get<size_t>(), from.at(1), value);
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(from.get<int>());
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = from.get<T>();
  } else if constexpr (IsOptional<T>::value) {
    value.reset();
    if (!from.is_null()) read_value(from, value.emplace());
  } else if constexpr (IsList<T>::value) {
    value.clear();
    for (const json& item : from) read_value(item, value.emplace_back());
  } else if constexpr (IsMap<T>::value) {
    value.clear();
    for (const json& pair : from) read_value(pair.at(1), value[read_text(pair.at(0))]);
  } else {
    Reader reader(from);
    visit_fields(reader, value);
  }
}

}  // namespace

std::string spec_to_json(const ContainerSpec& spec) { return write_value(spec).dump(); }

ContainerSpec spec_from_json(const std::string& text) {
  try {
    const json object = json::parse(text);
    static_cast<void>(object.at("id"));  // which every version wrote
    ContainerSpec spec;
    read_value(object, spec);
    return spec;
  } catch (const json::exception& error) {
    throw Error(std::string("a container's spec on disk is damaged: ") + error.what());
  }
}

std::string slice_to_json(const SliceSpec& slice) { return write_value(slice).dump(); }

SliceSpec slice_from_json(const std::string& text) {
  try {
    SliceSpec slice;
    read_value(json::parse(text), slice);
    return slice;
  } catch (const json::exception& error) {
    throw Error(std::string("what is kept of a slice is damaged: ") + error.what());
  }
}

}  // namespace sdcont
