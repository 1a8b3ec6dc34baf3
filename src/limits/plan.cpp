#include <algorithm>
#include <array>

#include "limits/devices.h"
#include "limits/property.h"
#include "limits/rows.h"
#include "limits/scope_warnings.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// Control files that only some kernels have, and what a kernel needs for them.
struct OptionalFile {
  const char* name;
  const char* needs;
};
constexpr std::array kOptionalFiles = std::to_array<OptionalFile>({
    {"memory.zswap.max", "Linux 5.19 with zswap"},
    {"memory.zswap.writeback", "Linux 6.8 with zswap"},
    {"cpu.max.burst", "Linux 5.14"},
    {"cpu.cfs_burst_us", "Linux 5.14"},
    {"cpu.idle", "Linux 5.15"},
    {"io.latency", "CONFIG_BLK_CGROUP_IOLATENCY"},
});

/// What is not there for a control file, or empty.
std::string missing(const std::string& file, const Target& target) {
  const std::string controller = controller_of(file);
  if (!controller.empty() && !target.controllers.contains(controller)) {
    return "the " + controller + " controller is not available here";
  }
  const auto* const optional =
      std::find_if(kOptionalFiles.begin(), kOptionalFiles.end(),
                   [&file](const OptionalFile& candidate) { return file == candidate.name; });
  if (optional == kOptionalFiles.end() || target.files.contains(file)) return {};
  return "this kernel has no " + file + ", which needs " + optional->needs;
}

/// Turns writes that cannot be made into one refusal; our own defaults go without a word. Properties alone
/// (IO on v2) are checked by the file that they end in, since systemd says nothing where it is missing.
Translation check_files(Translation translation, const Limit& limit, const Target& target) {
  std::string reason;
  if (translation.writes.empty() && !translation.properties.empty() && target.unified &&
      *limit.v2_file != '\0') {
    reason = missing(limit.v2_file, target);
  }
  std::vector<ControlWrite> writes;
  for (ControlWrite& write : translation.writes) {
    const std::string why = missing(write.file, target);
    if (why.empty()) {
      writes.push_back(std::move(write));
    } else if (!write.advisory) {
      reason = why;
    }
  }
  const bool all_gone = writes.empty() && !translation.writes.empty();
  translation.writes = std::move(writes);
  if (!reason.empty()) return refuse(reason);
  if (all_gone) translation.properties.clear();
  return translation;
}

Translation translate(const Limit& limit, const Resources& resources, const Target& target) {
  if (target.systemd) return limit.to_systemd(resources, target);
  return target.unified ? limit.to_v2(resources, target) : limit.to_v1(resources, target);
}

std::string via(const Translation& translation) {
  if (!translation.refusals.empty()) return "unavailable: " + translation.refusals.front().reason;
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Property& property : translation.properties) add(property.name);
  for (const ControlWrite& write : translation.writes) add(write.file);
  return names.empty() ? "as it is anyway" : join(names, " + ");
}

/// What can be written of a limit; a refusal of each of its paths that has no disk behind it.
Translation translate_checked(const Limit& limit, const Resources& resources, const Target& target) {
  const auto found = resources.find(limit.key);
  const auto* const devices =
      found == resources.end() ? nullptr : std::get_if<std::vector<DeviceValue>>(&found->second);
  if (devices == nullptr) return check_files(translate(limit, resources, target), limit, target);
  Translation refused;
  std::vector<DeviceValue> disks;
  for (const DeviceValue& device : *devices) {
    if (device.no_disk.empty()) {
      disks.push_back(device);
    } else {
      refused = std::move(refused) + refuse(printable(device.path) + ": " + device.no_disk,
                                            "name a disk, or a file that lies on one");
    }
  }
  if (disks.empty()) return refused;
  Resources on_disks = resources;
  on_disks[limit.key] = std::move(disks);
  return std::move(refused) + check_files(translate(limit, on_disks, target), limit, target);
}

/// One limit into the plan. `key` is the one that was asked for, empty where only our own default is carried.
void apply(const Limit& limit, const std::string& name, const std::string& key, const Resources& resources,
           const Target& target, LimitPlan& plan) {
  Translation translation = translate_checked(limit, resources, target);
  for (ControlWrite& write : translation.writes) write.limit = name;
  for (Refusal& refusal : translation.refusals) refusal.limit = name;
  if (!key.empty()) {
    plan.applied.push_back({.limit = name,
                            .key = key,
                            .requested = render_resource(resources.at(key)),
                            .via = via(translation)});
  }
  const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(plan.properties, translation.properties);
  append(plan.writes, translation.writes);
  append(plan.refusals, translation.refusals);
  for (const std::string& warning : translation.warnings) plan.warnings.push_back(name + ": " + warning);
}

bool is_wildcard(const Limit& limit) { return std::string_view(limit.key).ends_with("/*"); }

/// Whether a row other than the wildcards carries this key, and not only reads it.
bool owns(const Limit& limit, const std::string& key) {
  if (key == limit.key) return true;
  const bool read = std::find(limit.family.begin(), limit.family.end(), key) != limit.family.end();
  const auto table = limit_table();
  return read &&
         std::none_of(table.begin(), table.end(), [&](const Limit& other) { return key == other.key; });
}

/// Of what was asked for, the key that the row carries: its own before those of its family.
std::string asked_key(const Limit& limit, const Resources& resources) {
  if (resources.contains(limit.key)) return limit.key;
  for (const auto& [key, value] : resources) {
    if (owns(limit, key)) return key;
  }
  return {};
}

bool concerns(const Limit& limit, const Resources& resources) {
  return resources.contains(limit.key) ||
         std::any_of(limit.family.begin(), limit.family.end(),
                     [&](const char* key) { return resources.contains(key); });
}

/// What the user wrote for a key; where that is not known, the limit's first flag, or "--cgroup-conf
/// misc.max",
/// "--property After".
std::string name_of(const Limit& limit, const std::string& key,
                    const std::map<std::string, std::string>& asked_as) {
  if (const auto found = asked_as.find(key); found != asked_as.end()) return found->second;
  if (is_wildcard(limit)) return limit_name(limit, limit.key) + " " + key.substr(key.find('/') + 1);
  return limit_name(limit, key.empty() ? limit.key : key);
}

/// The keys that have no row: each is one of the wildcards', or unknown.
void apply_rest(const std::map<std::string, std::string>& asked_as, const Resources& rest,
                const Target& target, LimitPlan& plan) {
  for (const auto& [key, value] : rest) {
    const Limit* row = nullptr;
    for (const Limit& limit : limit_table()) {
      const std::string_view pattern = limit.key;
      if (is_wildcard(limit) && key.starts_with(pattern.substr(0, pattern.size() - 1))) row = &limit;
    }
    if (row != nullptr) {
      apply(*row, name_of(*row, key, asked_as), key, {{key, value}}, target, plan);
    } else {
      plan.refusals.push_back({.limit = key, .reason = "sdcont has no such limit", .remedy = ""});
    }
  }
}

std::vector<Property> accounting(const Resources& resources) {
  // DefaultXAccounting may be off in system.conf; the counters are what `stats` and the exit record are made
  // of.
  std::vector<Property> properties;
  for (const char* name : {"CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting"}) {
    properties.push_back({name, true});
  }
  const bool rules =
      resources.contains("systemd/IPAddressAllow") || resources.contains("systemd/IPAddressDeny");
  if (rules && !resources.contains("systemd/IPAccounting")) properties.push_back({"IPAccounting", true});
  return properties;
}

/// Takes the DeviceAllow entries out of the resources: they go with the device rules.
std::vector<std::pair<std::string, std::string>> take_device_allow(Resources& resources) {
  const auto node = resources.extract("systemd/DeviceAllow");
  if (node.empty()) return {};
  const Property property = encode_property(*find_property("DeviceAllow"), node.mapped());
  return std::get<std::vector<std::pair<std::string, std::string>>>(property.value);
}

}  // namespace

LimitPlan plan_limits(const ContainerSpec& spec, const Target& target) {
  auto [resources, asked_as] = lower_properties(spec);
  const auto device_allow = take_device_allow(resources);
  LimitPlan plan;
  plan.warnings = scope_warnings(spec.scope, target);
  if (target.systemd) plan.properties = accounting(resources);

  Resources rest = resources;
  for (const Limit& limit : limit_table()) {
    if (is_wildcard(limit) || !concerns(limit, resources)) continue;
    const std::string key = asked_key(limit, resources);
    apply(limit, name_of(limit, key, asked_as), key, resources, target, plan);
    std::erase_if(rest, [&](const auto& entry) { return owns(limit, entry.first); });
  }
  apply_rest(asked_as, rest, target, plan);
  plan_devices(spec.device_rules, device_allow, target, plan);
  return plan;
}

}  // namespace sdcont
