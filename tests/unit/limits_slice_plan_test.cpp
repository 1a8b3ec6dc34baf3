#include "limits/slice_plan.h"

#include "limits_fixture.h"

namespace sdcont {
namespace {

LimitPlan plan(const std::string& options, const Target& target) {
  const ContainerSpec spec = parse_spec(options);
  return plan_slice({"web.slice", spec.resources, spec.asked_as}, target);
}

TEST(SlicePlan, AUnitHasPropertiesAlone) {
  const LimitPlan both = plan("--memory 1G; --cpus 0.5; --pids-limit 9", example_target(252, true));
  EXPECT_TRUE(both.refusals.empty());
  std::string names;
  for (const Property& property : both.properties) names += property.name + " ";
  EXPECT_NE(names.find("MemoryMax"), std::string::npos);
  EXPECT_NE(names.find("CPUQuotaPerSecUSec"), std::string::npos);
  EXPECT_NE(describe(both).find("TasksMax=9;"), std::string::npos)
      << "no room for a supervisor: " << describe(both);
}

TEST(SlicePlan, WhatSystemdHasNoPropertyForIsRefused) {
  const LimitPlan v1 = plan("--memory 1G; --memory-swap 3G", example_target(252, false));
  ASSERT_EQ(v1.refusals.size(), 1U);
  EXPECT_EQ(v1.refusals[0].limit, "--memory-swap");
  EXPECT_NE(v1.refusals[0].reason.find("systemd has no property for it on cgroup v1"), std::string::npos);
  EXPECT_TRUE(plan("--memory 1G; --memory-swap 3G", example_target(252, true)).refusals.empty());
  EXPECT_TRUE(plan("--memory 1G", example_target(252, false)).refusals.empty())
      << "its swap is our own default";
}

TEST(SlicePlan, WithoutSystemdItIsThatOfAContainer) {
  EXPECT_EQ(describe(plan("--memory 1G; --memory-swap 3G", example_target(0, false))),
            describe(plan_for("--memory 1G; --memory-swap 3G", example_target(0, false))));
}

TEST(SlicePlan, NobodyIsWarnedOfWhatASliceEscapes) {
  Target target = example_target(252, true);
  target.caller_limits = {{"user.slice", "memory.max 1"}};
  EXPECT_TRUE(plan("--memory 1G", target).warnings.empty());
}

}  // namespace
}  // namespace sdcont
