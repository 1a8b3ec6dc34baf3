#include "cgroup/scope_properties.h"

#include <algorithm>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

const PropertyValue* find(const std::vector<Property>& properties, const std::string& name) {
  const auto found =
      std::find_if(properties.begin(), properties.end(), [&](const auto& p) { return p.name == name; });
  return found == properties.end() ? nullptr : &found->value;
}

std::vector<Property> properties_for(int systemd_version, CgroupRequest request) {
  request.systemd_version = systemd_version;
  return scope_properties(request);
}

UnknownProperty unknown(const std::string& name) { return {Failure{"unknown property " + name}, name}; }

TEST(ScopeProperties, OnlyWhatDiffersFromTheDefault) {
  CgroupRequest request;
  request.description = "a container";
  request.stop_grace_usec = 10'000'000;
  request.limits.properties = {{"MemoryMax", uint64_t{4096}}};
  const auto properties = properties_for(252, request);
  EXPECT_EQ(*find(properties, "TimeoutStopUSec"), PropertyValue(uint64_t{15'000'000}));
  EXPECT_EQ(*find(properties, "Delegate"), PropertyValue(true));
  EXPECT_EQ(*find(properties, "CollectMode"), PropertyValue(std::string("inactive-or-failed")));
  EXPECT_EQ(*find(properties, "MemoryMax"), PropertyValue(uint64_t{4096}));
  for (const char* absent : {"Slice", "KillMode", "SendSIGKILL", "DefaultDependencies", "OOMPolicy"}) {
    EXPECT_EQ(find(properties, absent), nullptr) << absent;
  }
  EXPECT_EQ(*find(properties_for(253, request), "OOMPolicy"), PropertyValue(std::string("continue")));
}

TEST(ScopeProperties, ThePlanWins) {
  CgroupRequest request;
  request.stop_grace_usec = UINT64_MAX;
  EXPECT_EQ(*find(properties_for(257, request), "TimeoutStopUSec"), PropertyValue(UINT64_MAX));
  request.limits.properties = {{"OOMPolicy", std::string("kill")}, {"TimeoutStopUSec", uint64_t{1}}};
  const auto properties = properties_for(257, request);
  EXPECT_EQ(*find(properties, "OOMPolicy"), PropertyValue(std::string("kill")));
  EXPECT_EQ(std::count_if(properties.begin(), properties.end(),
                          [](const auto& p) { return p.name == "TimeoutStopUSec"; }),
            1);
}

TEST(ScopeProperties, BookkeepingIsDroppedInSilence) {
  std::vector<Property> properties = {{"CPUAccounting", true}, {"OOMPolicy", std::string("continue")}};
  EXPECT_EQ(drop_property(properties, unknown("CPUAccounting"), {}), "");
  EXPECT_EQ(drop_property(properties, unknown("OOMPolicy"), {}), "");
  EXPECT_TRUE(properties.empty());
}

TEST(ScopeProperties, ALimitGoesTheOtherWayOrIsRefused) {
  LimitPlan limits;
  limits.properties = {{"MemoryZSwapMax", uint64_t{1}}, {"OOMPolicy", std::string("kill")}};
  limits.applied = {{"--zswap-max", "", "1", "MemoryZSwapMax + memory.zswap.max"},
                    {"--oom-policy", "", "kill", "OOMPolicy"}};
  limits.writes = {{"memory", "memory.zswap.max", "1", "--zswap-max"}};
  auto properties = limits.properties;
  EXPECT_EQ(drop_property(properties, unknown("MemoryZSwapMax"), limits),
            "this systemd does not know MemoryZSwapMax; --zswap-max is written to memory.zswap.max instead");
  const std::string text = error_of([&] { drop_property(properties, unknown("OOMPolicy"), limits); });
  EXPECT_NE(text.find("--oom-policy (OOMPolicy) is unknown to this systemd"), std::string::npos) << text;
}

TEST(ScopeProperties, APropertyThatWasNeverSentIsNotDroppedForever) {
  std::vector<Property> properties;
  EXPECT_THROW(drop_property(properties, unknown("Delegate"), {}), UnknownProperty);
}

}  // namespace
}  // namespace sdcont
