#include "limits/property.h"

#include <algorithm>

#include "limits/convert.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

[[noreturn]] void refuse_unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const PropertyRow& row : property_table()) names.emplace_back(row.words);
  const std::string near = nearest(name, names);
  const Error error("--property " + printable(name) + ": there is no such property of scopes");
  throw near.empty() ? error : error.remedy("did you mean " + near + "?");
}

const PropertyRow& known_property(const std::string& name) {
  if (const auto* unavailable = find_unavailable_property(name)) {
    throw Error("--property " + name + ": " + unavailable->reason).remedy(unavailable->remedy);
  }
  const PropertyRow* row = find_property(name);
  if (row == nullptr) refuse_unknown(name);
  return *row;
}

/// Lists grow with each --property; all else must not be said twice with different values.
void add_value(Resources& resources, const PropertyRow& row, const ResourceValue& value) {
  const std::string key = std::string("systemd/") + row.name;
  const std::string flag = std::string("--property ") + row.words;
  if (const auto* disks = std::get_if<std::vector<DeviceValue>>(&value)) {
    for (const DeviceValue& disk : *disks) put_device(resources, key, disk, flag);
    return;
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    auto& all =
        std::get<std::vector<std::string>>(resources.emplace(key, std::vector<std::string>{}).first->second);
    all.insert(all.end(), list->begin(), list->end());
    return;
  }
  put(resources, key, value, flag);
}

/// Puts a limit that came as a property under the limit's own key.
void lower(Resources& lowered, const PropertyRow& row, const ResourceValue& value) {
  if (lowered.contains(row.limit)) {
    throw Error("conflicting options: --property " + std::string(row.words) +
                " and another option both set " + row.limit);
  }
  lowered.emplace(row.limit, value);
}

/// CPUQuota and its period, which only make a quota together.
void lower_quota(Resources& lowered, const PropertyRow& row, const ResourceValue& value) {
  for (const char* key : {"cpu/quota", "cpu/period"}) {
    if (lowered.contains(key)) {
      throw Error("conflicting options: --property CPUQuota and another option both set " + std::string(key));
    }
  }
  const std::string period_key = "systemd/CPUQuotaPeriodUSec";
  const uint64_t share = number({{row.name, value}}, row.name);
  CpuQuota quota = quota_from_ppm(share);
  if (const auto period = number_if(lowered, period_key); period && share != kUnlimited) {
    quota.period = std::clamp(*period, kMinCpuTime, kMaxCpuPeriod);
    quota.quota = static_cast<uint64_t>(static_cast<long double>(share) * quota.period / 1'000'000);
  }
  lowered.erase(period_key);
  lowered.emplace("cpu/quota", quota.quota);
  lowered.emplace("cpu/period", quota.period);
}

}  // namespace

void parse_property(const std::string& text, const HostFacts& host, Resources& resources) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("--property: '" + printable(text) + "' is not NAME=VALUE");
  }
  const PropertyRow& row = known_property(text.substr(0, equals));
  const std::string value(trim(std::string_view(text).substr(equals + 1)));
  // An empty value resets a list in a unit file; a new scope has nothing to reset.
  if (value.empty()) throw Error("--property " + std::string(row.words) + ": the value is empty");
  add_value(resources, row, parse_property_value(row, value, host));
}

Resources lower_properties(const Resources& resources) {
  Resources lowered = resources;
  for (const PropertyRow& row : property_table()) {
    if (row.limit == nullptr) continue;
    const auto node = lowered.extract(std::string("systemd/") + row.name);
    if (node.empty()) continue;
    const ResourceValue& value = node.mapped();
    if (row.kind == PropertyKind::quota) {
      lower_quota(lowered, row, value);
    } else if (row.kind == PropertyKind::weight && row.limit == std::string_view("unified/cpu.weight") &&
               number({{row.name, value}}, row.name) == 0) {
      put(lowered, "cpu/idle", int64_t{1}, "--property CPUWeight");
    } else {
      lower(lowered, row, value);
    }
  }
  return lowered;
}

}  // namespace sdcont
