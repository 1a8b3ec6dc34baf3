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

/// Whether a property has this value whatever is asked for; throws for what a scope cannot have.
bool is_so_anyway(const std::string& name, const std::string& value) {
  const auto* unavailable = find_unavailable_property(name);
  if (unavailable == nullptr) return false;
  const std::string word = lower(value);
  if (unavailable->is_on && (word == "yes" || word == "true" || word == "on" || word == "1")) return true;
  throw Error("--property " + name + ": " + unavailable->reason).remedy(unavailable->remedy);
}

const PropertyRow& known_property(const std::string& name) {
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

std::string source_of(const PropertyRow& row, const ContainerSpec& spec) {
  const auto asked = spec.asked_as.find(std::string("systemd/") + row.name);
  return asked == spec.asked_as.end() ? std::string("--property ") + row.words : asked->second;
}

/// Puts a limit that came as a property under the limit's own key.
void add_limit(Lowered& lowered, const char* key, const ResourceValue& value, const std::string& source) {
  if (lowered.resources.contains(key)) throw conflict(source, key, lowered.asked_as);
  lowered.resources.emplace(key, value);
  lowered.asked_as[key] = source;
}

/// CPUQuota and its period, which only make a quota together.
void lower_quota(Lowered& lowered, const PropertyRow& row, const ResourceValue& value,
                 const std::string& source) {
  const std::string period_key = "systemd/CPUQuotaPeriodUSec";
  const uint64_t share = number({{row.name, value}}, row.name);
  CpuQuota quota = quota_from_ppm(share);
  if (const auto period = number_if(lowered.resources, period_key); period && share != kUnlimited) {
    quota.period = std::clamp(*period, kMinCpuTime, kMaxCpuPeriod);
    quota.quota = static_cast<uint64_t>(static_cast<long double>(share) * quota.period / 1'000'000);
  }
  lowered.resources.erase(period_key);
  add_limit(lowered, "cpu/quota", quota.quota, source);
  add_limit(lowered, "cpu/period", quota.period, source);
}

bool is_idle(const PropertyRow& row, const ResourceValue& value) {
  return row.limit == std::string_view("unified/cpu.weight") && number({{row.name, value}}, row.name) == 0;
}

}  // namespace

void parse_property(const std::string& text, const HostFacts& host, Resources& resources) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("--property: '" + printable(text) + "' is not NAME=VALUE")
        .remedy("for example MemoryMax=1G; -p is --property, as with systemd-run, and publishes no port");
  }
  const std::string name = text.substr(0, equals);
  const std::string value(trim(std::string_view(text).substr(equals + 1)));
  if (is_so_anyway(name, value)) return;
  const PropertyRow& row = known_property(name);
  // An empty value resets a list in a unit file; a new scope has nothing to reset.
  if (value.empty()) throw Error("--property " + std::string(row.words) + ": the value is empty");
  add_value(resources, row, parse_property_value(row, value, host, std::string("--property ") + row.words));
}

Lowered lower_properties(const ContainerSpec& spec) {
  Lowered lowered{spec.resources, spec.asked_as};
  for (const PropertyRow& row : property_table()) {
    if (row.limit == nullptr) continue;
    const auto node = lowered.resources.extract(std::string("systemd/") + row.name);
    if (node.empty()) continue;
    const ResourceValue& value = node.mapped();
    if (row.kind == PropertyKind::quota) {
      lower_quota(lowered, row, value, source_of(row, spec));
    } else if (is_idle(row, value)) {
      add_limit(lowered, "cpu/idle", int64_t{1}, source_of(row, spec));
    } else {
      add_limit(lowered, row.limit, value, source_of(row, spec));
    }
  }
  return lowered;
}

}  // namespace sdcont
