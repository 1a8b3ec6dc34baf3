#include "limits/rows.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

template <typename T>
const T& typed(const Resources& resources, const std::string& key, const char* kind) {
  const T* value = std::get_if<T>(&resources.at(key));
  if (value == nullptr) throw Error("resource " + key + " is not " + kind);
  return *value;
}

struct Render {
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(uint64_t value) const {
    return value == kUnlimited ? "unlimited" : std::to_string(value);
  }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::vector<std::string>& value) const { return join(value, ", "); }
  std::string operator()(const std::vector<DeviceValue>& value) const {
    std::vector<std::string> parts;
    for (const DeviceValue& device : value) parts.push_back(device.path + " " + (*this)(device.value));
    return join(parts, ", ");
  }
};

}  // namespace

bool asked(const Resources& resources, const std::string& key) { return resources.contains(key); }

std::optional<uint64_t> number_if(const Resources& resources, const std::string& key) {
  const auto found = resources.find(key);
  if (found == resources.end()) return std::nullopt;
  if (const auto* value = std::get_if<uint64_t>(&found->second)) return *value;
  if (const auto* value = std::get_if<int64_t>(&found->second)) {
    return *value < 0 ? kUnlimited : static_cast<uint64_t>(*value);
  }
  if (const auto* value = std::get_if<bool>(&found->second)) return *value ? 1 : 0;
  if (const auto* value = std::get_if<std::string>(&found->second)) {
    if (*value == "max" || *value == "-1") return kUnlimited;
    if (const auto parsed = parse_unsigned(*value)) return parsed;
  }
  throw Error("resource " + key + " is not a number: " + printable(render_resource(found->second)));
}

uint64_t number(const Resources& resources, const std::string& key) {
  const auto value = number_if(resources, key);
  if (!value) throw Error("resource " + key + " is missing");
  return *value;
}

const std::string& text_of(const Resources& resources, const std::string& key) {
  return typed<std::string>(resources, key, "a text");
}

bool flag_of(const Resources& resources, const std::string& key) {
  return typed<bool>(resources, key, "a boolean");
}

const std::vector<DeviceValue>& devices_of(const Resources& resources, const std::string& key) {
  return typed<std::vector<DeviceValue>>(resources, key, "a list of devices");
}

const std::vector<std::string>& list_of(const Resources& resources, const std::string& key) {
  return typed<std::vector<std::string>>(resources, key, "a list");
}

std::string render_resource(const ResourceValue& value) { return std::visit(Render{}, value); }

void put(Resources& resources, const std::string& key, ResourceValue value, const std::string& flag) {
  const auto [place, inserted] = resources.emplace(key, value);
  if (inserted || place->second == value) return;
  throw Conflict(key, flag);
}

Error conflict(const std::string& flag, const std::string& key,
               const std::map<std::string, std::string>& asked_as) {
  const auto first = asked_as.find(key);
  if (first == asked_as.end()) return Error(Conflict(key, flag).failure());
  if (first->second == flag) {
    return Error("conflicting options: " + flag + " is given twice, with different values");
  }
  return Error("conflicting options: " + first->second + " and " + flag + " cannot both be given");
}

void put_device(Resources& resources, const std::string& key, DeviceValue value, const std::string& flag) {
  auto& list =
      std::get<std::vector<DeviceValue>>(resources.emplace(key, std::vector<DeviceValue>{}).first->second);
  for (const DeviceValue& device : list) {
    if (device == value) return;
    if (device.path == value.path)
      throw Error("conflicting options: " + flag + " is given twice for " + value.path);
  }
  list.push_back(std::move(value));
}

DeviceValue parse_device_value(const std::string& text, const HostFacts& host, const std::string& flag,
                               uint64_t (*parse)(std::string_view, std::string_view)) {
  // A path may hold colons (/dev/disk/by-path/pci-0000:00:1f.2), a value none.
  const size_t end = text.find_last_of(": ");
  if (end == std::string::npos || end == 0 || end + 1 == text.size()) {
    throw Error(flag + ": '" + printable(text) + "' is not PATH:VALUE");
  }
  const uint64_t value = parse(std::string_view(text).substr(end + 1), flag);
  if (value == 0) throw Error(flag + ": '" + printable(text) + "' would allow nothing at all");
  const std::string path(trim(std::string_view(text).substr(0, end)));
  if (!host.resolve_disk) throw Error(flag + ": disks cannot be looked up here");
  DeviceValue device = host.resolve_disk(path);
  device.value = value;
  return device;
}

uint64_t parse_count(std::string_view text, std::string_view flag) {
  const auto value = parse_unsigned(trim(text));
  if (!value) throw Error(std::string(flag) + ": '" + printable(text) + "' is not a whole number");
  return *value;
}

bool parse_switch(std::string_view text, std::string_view flag) {
  const std::string word = lower(trim(text));
  for (const char* yes : {"", "yes", "true", "on", "1", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"no", "false", "off", "0", "n", "f"}) {
    if (word == no) return false;
  }
  throw Error(std::string(flag) + ": '" + printable(text) + "' is neither yes nor no");
}

std::string controller_of(const std::string& file) {
  std::string controller = file.substr(0, file.find('.'));
  return controller == "cgroup" ? std::string() : controller;
}

Translation property(std::string name, PropertyValue value) {
  return {.properties = {{std::move(name), std::move(value)}}};
}

Translation write(const std::string& file, std::string value) {
  return {
      .writes = {{.controller = controller_of(file), .file = file, .value = std::move(value), .limit = {}}}};
}

Translation refuse(std::string reason, std::string remedy) {
  return {.refusals = {{.limit = {}, .reason = std::move(reason), .remedy = std::move(remedy)}}};
}

Translation operator+(Translation a, const Translation& b) {
  a.properties.insert(a.properties.end(), b.properties.begin(), b.properties.end());
  a.writes.insert(a.writes.end(), b.writes.begin(), b.writes.end());
  a.refusals.insert(a.refusals.end(), b.refusals.begin(), b.refusals.end());
  a.warnings.insert(a.warnings.end(), b.warnings.begin(), b.warnings.end());
  return a;
}

std::string number_of(const DeviceValue& device) {
  return std::to_string(device.major) + ":" + std::to_string(device.minor);
}

std::string or_max(uint64_t value) { return value == kUnlimited ? "max" : std::to_string(value); }
std::string or_minus_one(uint64_t value) { return value == kUnlimited ? "-1" : std::to_string(value); }

Translation payload(const Resources& resources, const Target& target, Convert v2, Convert v1) {
  return target.unified ? v2(resources, target) : v1(resources, target);
}

Translation scope_and_payload(const Resources& resources, const Target& target, int since, Translation scope,
                              Convert v2, Convert v1) {
  Translation raw = payload(resources, target, v2, v1);
  if (!raw.refusals.empty() || target.systemd_version < since) return raw;
  return std::move(scope) + raw;
}

Translation needs_systemd(const Resources& /*resources*/, const Target& /*target*/) {
  return refuse("only systemd has it, and limits are written to cgroupfs directly here",
                "run it where systemd is PID 1, or with --cgroup-manager systemd");
}

}  // namespace sdcont
