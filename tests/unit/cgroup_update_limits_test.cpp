#include <gtest/gtest.h>

#include "cgroup/update_limits.h"
#include "limits/merge.h"

namespace sdcont {
namespace {

ControlWrite control(const std::string& file, const std::string& value) {
  return {file.substr(0, file.find('.')), file, value, "--x", false};
}

TEST(ComparePlans, SaysOnlyWhatDiffers) {
  LimitPlan from;
  LimitPlan to;
  from.properties = {
      {"MemoryMax", uint64_t{1}}, {"CPUWeight", uint64_t{7}}, {"MemoryLow", uint64_t{3}}, {"Y", true}};
  to.properties = {{"MemoryMax", uint64_t{2}}, {"Y", true}};
  from.writes = {control("memory.max", "1"), control("cpu.max", "1 2"), control("io.max", "8:0 rbps=5"),
                 control("io.max", "8:16 rbps=5"), control("memory.limit_in_bytes", "5")};
  to.writes = {control("memory.max", "2"), control("io.max", "8:0 rbps=5")};
  const LimitChanges changes = compare_plans(from, to);
  const std::vector<Property> properties = {
      {"MemoryMax", uint64_t{2}}, {"CPUWeight", UINT64_MAX}, {"MemoryLow", uint64_t{0}}};
  EXPECT_EQ(changes.properties, properties);
  const std::vector<ControlWrite> writes = {control("memory.max", "2"), control("cpu.max", "max 100000"),
                                            control("io.max", "8:16 rbps=max wbps=max riops=max wiops=max"),
                                            control("memory.limit_in_bytes", "-1")};
  EXPECT_EQ(changes.writes, writes);
  EXPECT_TRUE(compare_plans(from, from).writes.empty());
  EXPECT_TRUE(compare_plans(from, from).properties.empty());
}

TEST(RestoringValue, IsWhatTheFileSaid) {
  EXPECT_EQ(restoring_value(control("memory.max", "1"), "4096\n"), "4096");
  EXPECT_EQ(restoring_value(control("cpu.max", "1 2"), "max 100000\n"), "max 100000");
  EXPECT_EQ(restoring_value(control("io.weight", "50"), "default 100\n8:0 7\n"), "default 100");
  EXPECT_EQ(restoring_value(control("io.weight", "8:0 50"), "default 100\n8:0 7\n"), "8:0 7");
  EXPECT_EQ(restoring_value(control("io.weight", "8:16 50"), "default 100\n8:0 7\n"), "8:16 default");
  EXPECT_EQ(restoring_value(control("io.max", "8:0 rbps=1"), ""),
            "8:0 rbps=max wbps=max riops=max wiops=max");
  EXPECT_EQ(restoring_value(control("blkio.throttle.read_bps_device", "8:0 1"), "8:16 5\n"), "8:0 0");
  EXPECT_EQ(restoring_value(control("cpuset.cpus.partition", "root"), "member\n"), "member");
}

ContainerSpec with(const std::map<std::string, uint64_t>& resources) {
  ContainerSpec spec;
  for (const auto& [key, value] : resources) {
    spec.resources[key] = value;
    spec.asked_as[key] = "--" + key;
  }
  return spec;
}

TEST(MergeLimits, ReplacesInWhateverWordsItWasSaid) {
  ContainerSpec spec = with({{"memory/limit", 1}, {"systemd/TasksMax", 2}, {"cpu/shares", 3}, {"x", 4}});
  merge_limits(with({{"memory/limit", 5}, {"pids/limit", 6}, {"unified/cpu.weight", 7}}), spec);
  const ContainerSpec wanted =
      with({{"memory/limit", 5}, {"pids/limit", 6}, {"unified/cpu.weight", 7}, {"x", 4}});
  EXPECT_EQ(spec.resources, wanted.resources);
  EXPECT_EQ(spec.asked_as, wanted.asked_as);
  merge_limits(with({{"systemd/TasksMax", 8}}), spec);
  EXPECT_FALSE(spec.resources.contains("pids/limit"));
  spec = with({{"cpu/quota", 1}, {"cpu/period", 2}});
  merge_limits(with({{"systemd/CPUQuotaPerSecUSec", 3}}), spec);
  EXPECT_EQ(spec.resources, with({{"systemd/CPUQuotaPerSecUSec", 3}}).resources);
}

}  // namespace
}  // namespace sdcont
