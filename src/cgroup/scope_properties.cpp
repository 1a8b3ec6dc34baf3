#include "cgroup/scope_properties.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kSupervisorMargin = 5'000'000;  ///< for the exit record, after the container's own grace

uint64_t stop_timeout(uint64_t grace) {
  return grace > UINT64_MAX - kSupervisorMargin ? UINT64_MAX : grace + kSupervisorMargin;
}

bool has(const std::vector<Property>& properties, const std::string& name) {
  return std::any_of(properties.begin(), properties.end(), [&](const Property& p) { return p.name == name; });
}

/// Ours, and never a limit: without them the scope only says or counts less.
bool is_bookkeeping(const std::string& name, const LimitPlan& limits) {
  static constexpr std::array kNames = {"CollectMode", "Description", "OOMPolicy", "TimeoutStopUSec"};
  if (name.ends_with("Accounting")) return true;
  return !has(limits.properties, name) && std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// The limit that a property carries, by the words of AppliedLimit::via ("MemoryMax + memory.max"); null:
/// none.
const AppliedLimit* limit_of(const std::string& property, const LimitPlan& limits) {
  for (const AppliedLimit& applied : limits.applied) {
    const auto via = words(applied.via);
    if (std::find(via.begin(), via.end(), property) != via.end()) return &applied;
  }
  return nullptr;
}

}  // namespace

std::vector<Property> scope_properties(const CgroupRequest& request) {
  std::vector<Property> properties;
  const auto add = [&](const char* name, PropertyValue value) {
    if (!has(request.limits.properties, name)) properties.push_back({name, std::move(value)});
  };
  if (!request.description.empty()) add("Description", request.description);
  if (!request.slice.empty()) add("Slice", request.slice);
  // the cgroups inside are ours: systemd neither removes them nor resets their controllers
  add("Delegate", true);
  // a scope that failed (a process in it was killed for memory) would keep its name taken
  add("CollectMode", std::string("inactive-or-failed"));
  // `systemctl stop` ends the container gracefully through its supervisor, which needs longer than the
  // container
  add("TimeoutStopUSec", stop_timeout(request.stop_grace_usec));
  // else one process killed for memory can end the whole scope; known to scopes since 253
  if (request.systemd_version >= 253) add("OOMPolicy", std::string("continue"));
  properties.insert(properties.end(), request.limits.properties.begin(), request.limits.properties.end());
  return properties;
}

std::string drop_property(std::vector<Property>& properties, const UnknownProperty& unknown,
                          const LimitPlan& limits) {
  const std::string& name = unknown.property();
  if (std::erase_if(properties, [&](const Property& p) { return p.name == name; }) == 0) throw unknown;
  if (is_bookkeeping(name, limits)) return {};
  const AppliedLimit* limit = limit_of(name, limits);
  const auto write =
      std::find_if(limits.writes.begin(), limits.writes.end(), [&](const ControlWrite& candidate) {
        return limit != nullptr && candidate.limit == limit->limit && !candidate.advisory;
      });
  if (write != limits.writes.end()) {
    return "this systemd does not know " + name + "; " + limit->limit + " is written to " + write->file +
           " instead";
  }
  throw Error((limit == nullptr ? "the property " + name : limit->limit + " (" + name + ")") +
              " is unknown to this systemd, and no control file stands in for it")
      .remedy("leave it out, or use a newer systemd");
}

std::string limit_behind(const std::string& property, const LimitPlan& limits) {
  const AppliedLimit* limit = limit_of(property, limits);
  return limit == nullptr ? "--property " + property : limit->limit;
}

}  // namespace sdcont
