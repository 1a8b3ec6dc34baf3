#include "limits/slice_plan.h"

#include <algorithm>

#include "util/text.h"

namespace sdcont {
namespace {

bool is_carried(const AppliedLimit& limit, const LimitPlan& plan) {
  const auto via = words(limit.via);
  const bool by_property =
      std::any_of(plan.properties.begin(), plan.properties.end(),
                  [&](const Property& p) { return std::find(via.begin(), via.end(), p.name) != via.end(); });
  const bool refused = std::any_of(plan.refusals.begin(), plan.refusals.end(),
                                   [&](const Refusal& refusal) { return refusal.limit == limit.limit; });
  const bool written = std::any_of(plan.writes.begin(), plan.writes.end(),
                                   [&](const ControlWrite& write) { return write.limit == limit.limit; });
  return by_property || refused || !written;
}

/// A scope's limit of tasks has room for the supervisor in it; a slice's is what was asked for.
void count_tasks_alone(const SliceSpec& slice, LimitPlan& plan) {
  const auto asked = slice.resources.find("pids/limit");
  if (asked == slice.resources.end()) return;
  const auto* const limit = std::get_if<uint64_t>(&asked->second);
  for (Property& property : plan.properties) {
    if (property.name == "TasksMax" && limit != nullptr) property.value = *limit;
  }
}

}  // namespace

LimitPlan plan_slice(const SliceSpec& slice, const Target& target) {
  ContainerSpec spec;
  spec.resources = slice.resources;
  spec.asked_as = slice.asked_as;
  Target outside = target;
  outside.caller_limits.clear();
  LimitPlan plan = plan_limits(spec, outside);
  if (!target.systemd) return plan;
  count_tasks_alone(slice, plan);
  for (const AppliedLimit& limit : plan.applied) {
    if (is_carried(limit, plan)) continue;
    plan.refusals.push_back({limit.limit,
                             "systemd has no property for it on cgroup v" +
                                 std::string(target.unified ? "2" : "1") +
                                 ", and a slice's files are systemd's",
                             "set it for each container"});
  }
  return plan;
}

}  // namespace sdcont
