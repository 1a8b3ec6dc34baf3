#include <set>

#include "limits_fixture.h"

namespace sdcont {
namespace {

TEST(LimitTable, EveryFlagIsNamedOnceAndHasAGoldenRow) {
  std::string all;
  for (const auto& rows : {golden_memory(), golden_cpu(), golden_io(), golden_other()}) {
    for (const Golden& row : rows) all += std::string(" ") + row.options + " ;";
  }
  std::set<std::string> seen;
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      ASSERT_NE(flag.parse, nullptr) << flag.names;
      EXPECT_NE(std::string(flag.help), "") << flag.names;
      for (const std::string& name : split(flag.names, ',')) {
        EXPECT_TRUE(seen.insert(name).second) << name << " is in the table twice";
      }
      EXPECT_NE(all.find(" " + limit_name(limit, flag.key == nullptr ? limit.key : flag.key) + " "),
                std::string::npos)
          << "no golden row for " << flag.names;
    }
  }
}

TEST(LimitTable, EveryRowAnswersForEveryBackEnd) {
  std::set<std::string> keys;
  for (const Limit& limit : limit_table()) {
    EXPECT_TRUE(keys.insert(limit.key).second) << limit.key;
    EXPECT_TRUE(limit.to_systemd != nullptr && limit.to_v2 != nullptr && limit.to_v1 != nullptr) << limit.key;
    EXPECT_NE(std::string(limit.title), "") << limit.key;
  }
}

TEST(LimitPlan, AccountingIsAlwaysAsked) {
  const LimitPlan plan = plan_limits({}, example_target(252, true));
  std::vector<std::string> names;
  for (const Property& property : plan.properties) names.push_back(property.name);
  EXPECT_EQ(names, (std::vector<std::string>{"CPUAccounting", "MemoryAccounting", "TasksAccounting",
                                             "IOAccounting"}));
  EXPECT_TRUE(plan_limits({}, example_target(0, true)).properties.empty());
}

TEST(LimitPlan, AppliedTellsHow) {
  const LimitPlan scope =
      plan_for("--memory 100M; --memory-min 8M; --cpu-burst 5000; --cpus 1", example_target(252, false));
  std::vector<std::string> lines;
  for (const AppliedLimit& limit : scope.applied) {
    lines.push_back(limit.limit + " " + limit.key + " " + limit.requested + " via " + limit.via);
    EXPECT_EQ(limit.limit.find("--"), 0U);
  }
  EXPECT_EQ(lines,
            (std::vector<std::string>{
                "--memory memory/limit 104857600 via MemoryMax + memory.limit_in_bytes",
                "--memory-min unified/memory.min 8388608 via unavailable: cgroup v1 has no memory.min",
                "--cpus cpu/quota 100000 via CPUQuotaPerSecUSec + cpu.cfs_period_us + cpu.cfs_quota_us",
                "--cpu-burst cpu/burst 5000 via cpu.cfs_burst_us"}));
  for (const ControlWrite& write : scope.writes) {
    EXPECT_EQ(write.controller, write.file.substr(0, write.file.find('.')));
    EXPECT_FALSE(write.limit.empty());
  }
}

TEST(LimitPlan, EscapedLimitsAndOptionsWithoutSystemdAreTold) {
  ContainerSpec spec;
  spec.scope.slice = "user-0-sdcont.slice";
  spec.scope.asked = {"--unit", "--slice"};
  Target target = example_target(252, true);
  target.caller_limits = {{"user-0.slice", "memory.max 5000"}, {"user.slice", "cpu.max 1 2"}};
  EXPECT_EQ(plan_limits(spec, target).warnings, std::vector<std::string>{}) << "within both";
  spec.scope.slice = "user-0.slice";
  target.caller_limits.push_back({"session-1.scope", "memory.high 7"});
  EXPECT_EQ(plan_limits(spec, target).warnings,
            std::vector<std::string>{"the container is in user-0.slice, outside of what limits its caller: "
                                     "memory.high 7 of session-1.scope"});
  spec.scope.slice = "sdcont.slice";
  target.caller_limits.resize(1);
  EXPECT_EQ(
      plan_limits(spec, target).warnings,
      std::vector<std::string>{"the container is in sdcont.slice, outside of what limits its caller: "
                               "memory.max 5000 of user-0.slice; --slice-inherit keeps it in its slice"});
  EXPECT_EQ(
      plan_limits(spec, example_target(0, true)).warnings,
      std::vector<std::string>{
          "--unit, --slice: without effect: scopes are systemd's, and cgroups are written directly here"});
}

/// The same plan on a host that lacks something.
std::string lacking(const std::string& options, Target target, const std::string& controller,
                    const std::string& file) {
  target.controllers.erase(controller);
  target.files.erase(file);
  return describe(plan_for(options, target));
}

TEST(LimitPlan, MissingControllerIsARefusalOnEveryBackEnd) {
  EXPECT_EQ(lacking("--device-read-bps /dev/sda:1M", example_target(252, true), "io", ""),
            "NO --device-read-bps: the io controller is not available here");
  EXPECT_EQ(lacking("--cpuset-cpus 0", example_target(252, true), "cpuset", ""),
            "NO --cpuset-cpus: the cpuset controller is not available here");
  EXPECT_EQ(lacking("--memory 100M", example_target(0, false), "memory", ""),
            "NO --memory: the memory controller is not available here");
  EXPECT_EQ(lacking("--hugetlb 2M:8M", example_target(257, true), "hugetlb", ""),
            "NO --hugetlb: the hugetlb controller is not available here");
}

TEST(LimitPlan, MissingFiles) {
  const Target v2 = example_target(252, true);
  const Target v1 = example_target(252, false);
  // Our own default for swap goes without a word, an explicit limit does not, and "unlimited" holds.
  EXPECT_EQ(lacking("--memory 100M", v2, "", "memory.swap.max"),
            "MemoryMax=104857600; memory.max: 104857600");
  EXPECT_EQ(lacking("--memory 100M", v1, "", "memory.memsw.limit_in_bytes"),
            "MemoryMax=104857600; memory.limit_in_bytes: 104857600");
  EXPECT_EQ(
      lacking("--memory 100M; --memory-swap 100M", v2, "", "memory.swap.max"),
      "MemoryMax=104857600; memory.max: 104857600; NO --memory-swap: this kernel does no swap accounting");
  EXPECT_EQ(lacking("--memory-swap -1", v2, "", "memory.swap.max"),
            "WARN --memory-swap: swap is not limited, as asked: this kernel does no swap accounting");
  EXPECT_EQ(
      lacking("--cpus 1; --cpu-burst 500", example_target(0, true), "", "cpu.max.burst"),
      "cpu.max: 100000 100000; NO --cpu-burst: this kernel has no cpu.max.burst, which needs Linux 5.14");
  EXPECT_EQ(lacking("--io-latency /dev/sda:5ms", v2, "", "io.latency"),
            "NO --io-latency: this kernel has no io.latency, which needs CONFIG_BLK_CGROUP_IOLATENCY");
  EXPECT_EQ(lacking("--zswap-max 5M", example_target(257, true), "", "memory.zswap.max"),
            "NO --zswap-max: this kernel has no memory.zswap.max, which needs Linux 5.19 with zswap");
  EXPECT_EQ(lacking("--cpu-idle", example_target(0, false), "", "cpu.idle"),
            "NO --cpu-idle: this kernel has no cpu.idle, which needs Linux 5.15");
}

TEST(LimitPlan, PathsWithoutADiskAreRefusedAndTheOthersHold) {
  for (const char* flag :
       {"--device-read-bps ", "--device-write-iops ", "--io-latency ", "--blkio-weight-device ",
        "--property IODeviceWeight=", "--property IOReadBandwidthMax="}) {
    const LimitPlan plan = plan_for(std::string(flag) + "/proc 20", example_target(252, true));
    ASSERT_EQ(plan.refusals.size(), 1U) << flag;
    EXPECT_TRUE(std::string(flag).starts_with(plan.refusals.front().limit)) << plan.refusals.front().limit;
    EXPECT_EQ(plan.refusals.front().reason, "/proc: it is on proc");
    EXPECT_NE(plan.refusals.front().remedy, "");
    EXPECT_TRUE(plan.writes.empty());
  }
  EXPECT_EQ(
      describe(plan_for("--device-read-bps /dev/sda:5; --device-read-bps /proc:6", example_target(0, true))),
      "io.max: 8:0 rbps=5; NO --device-read-bps: /proc: it is on proc");
}

TEST(LimitPlan, WeightsThatNoDiskObeys) {
  const std::string inert =
      "no disk here obeys weights: that takes the BFQ scheduler, or on cgroup v2 iocost switched on";
  for (const int systemd : {0, 252}) {
    for (const bool unified : {true, false}) {
      Target target = example_target(systemd, unified);
      target.weighs_disks = nullptr;
      EXPECT_EQ(plan_for("--blkio-weight 200", target).warnings,
                std::vector<std::string>{"--blkio-weight: " + inert})
          << systemd << unified;
    }
  }
}

TEST(LimitPlan, WeightsWithoutBfq) {
  Target v1 = example_target(0, false);
  EXPECT_EQ(lacking("--blkio-weight 500", example_target(252, true), "", "io.bfq.weight"), "IOWeight=4500");
  EXPECT_EQ(lacking("--blkio-weight 500", example_target(0, true), "", "io.bfq.weight"),
            "io.weight: default 4950");
  EXPECT_EQ(lacking("--io-weight 70", v1, "", "blkio.bfq.weight"),
            "NO --io-weight: this kernel has no IO weights on cgroup v1: neither BFQ nor CFQ is there");
  v1.files.insert("blkio.weight");
  EXPECT_EQ(lacking("--io-weight 70", v1, "", "blkio.bfq.weight"), "blkio.weight: 350");
  EXPECT_EQ(lacking("--blkio-weight-device /dev/sdb:70", v1, "", "blkio.bfq.weight"),
            "blkio.weight_device: 8:16 70");
}

TEST(LimitPlan, OlderSystemd) {
  EXPECT_EQ(describe(plan_for("--cpu-idle", example_target(251, true))),
            "NO --cpu-idle: systemd 251 cannot make a scope idle, 252 can");
  EXPECT_EQ(describe(plan_for("--property CPUWeight=idle", example_target(251, true))),
            "NO --property CPUWeight: systemd 251 cannot make a scope idle, 252 can");
  EXPECT_EQ(describe(plan_for("--oom-policy stop", example_target(249, true))),
            "NO --oom-policy: systemd 249 has no OOMPolicy for scopes, 253 has");
  EXPECT_EQ(describe(plan_for("--cpuset-cpus 1", example_target(243, true))), "cpuset.cpus: 1");
  EXPECT_EQ(describe(plan_for("--memory 100M; --memory-swap 100M", example_target(238, true))),
            "MemoryMax=104857600; memory.max: 104857600; memory.swap.max: 0");
  EXPECT_EQ(describe(plan_for("--cpuset-partition root", example_target(261, true))),
            "CPUSetPartition=root; cpuset.cpus.partition: root");
}

TEST(LimitPlan, KeysThatNobodyKnowsAreRefused) {
  ContainerSpec spec;
  spec.resources = {{"memory/kernelTCP", uint64_t{5}}, {"systemd/Unheard", std::string("x")}};
  EXPECT_EQ(describe(plan_limits(spec, example_target(252, true))),
            "NO memory/kernelTCP: sdcont has no such limit; "
            "NO --property Unheard: sdcont knows no such property of systemd's");
}

TEST(LimitPlan, ValuesOfOtherTypesAreReadOrRefused) {
  ContainerSpec spec;
  spec.resources = {{"memory/limit", int64_t{-1}}, {"unified/memory.high", std::string("max")}};
  EXPECT_EQ(describe(plan_limits(spec, example_target(0, true))), "memory.max: max; memory.high: max");
  spec.resources = {{"memory/limit", std::string("lots")}};
  EXPECT_THROW(plan_limits(spec, example_target(0, true)), Error);
  spec.resources = {{"cpu/cpus", true}};
  EXPECT_THROW(plan_limits(spec, example_target(0, true)), Error);
}

}  // namespace
}  // namespace sdcont
