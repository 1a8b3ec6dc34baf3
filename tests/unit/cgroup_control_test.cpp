#include "cgroup/control.h"

#include "cgroup/readback.h"
#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class ControlTest : public FakeTree {
 protected:
  ControlTest() {
    record_.payload[""] = at("cg");
    write("cg/cgroup.controllers", "memory io cpuset");
  }
  /// What is refused, as "FLAG: REASON; REMEDY", or the error.
  std::string failure(const std::vector<ControlWrite>& writes) {
    std::string refused;
    const std::string error = error_of(
        [&] { write_limits(record_, writes, [&](const Refusal& refusal) { refused += text_of(refusal); }); });
    return refused + error;
  }
  static std::string text_of(const Refusal& refusal) {
    return refusal.limit + ": " + refusal.reason + "; " + refusal.remedy;
  }
  CgroupRecord record_;
};

TEST_F(ControlTest, PartitionsThatTheKernelCallsInvalidAreTold) {
  const ControlWrite partition{"cpuset", "cpuset.cpus.partition", "root", "--cpuset-partition"};
  write("cg/cpuset.cpus.partition", "root\n");
  EXPECT_FALSE(verify_write(partition, at("cg")));
  write("cg/cpuset.cpus.partition", "root invalid (Parent is not a partition root)\n");
  const auto refusal = verify_write(partition, at("cg"));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, "--cpuset-partition");
  EXPECT_NE(refusal->reason.find("root invalid (Parent is not a partition root)"), std::string::npos);
}

TEST_F(ControlTest, WritesInOrder) {
  write("cg/memory.max", "");
  write("cg/memory.high", "");
  EXPECT_EQ(failure({{"memory", "memory.max", "4096", "--memory"},
                     {"memory", "memory.high", "max", "--memory-high"}}),
            "");
  EXPECT_EQ(read("cg/memory.max"), "4096");
  EXPECT_EQ(read("cg/memory.high"), "max");
}

TEST_F(ControlTest, MissingFileIsDiagnosed) {
  const std::string controller = failure({{"pids", "pids.max", "5", "--pids-limit"}});
  EXPECT_NE(controller.find("--pids-limit"), std::string::npos) << controller;
  EXPECT_NE(controller.find("the pids controller is not available"), std::string::npos) << controller;
  const std::string swap = failure({{"memory", "memory.swap.max", "0", "--memory-swap"}});
  EXPECT_NE(swap.find("swapaccount=1"), std::string::npos) << swap;
  const std::string file = failure({{"memory", "memory.zswap.max", "0", "--zswap-max"}});
  EXPECT_NE(file.find("this kernel has no memory.zswap.max"), std::string::npos) << file;
}

TEST_F(ControlTest, AdvisoryIsSilentOnlyAboutWhatIsMissing) {
  EXPECT_EQ(failure({{"pids", "pids.max", "5", "", true}}), "");
  record_.mode = CgroupMode::legacy;
  EXPECT_EQ(failure({{"pids", "pids.max", "5", "", true}}), "") << "no such hierarchy";
  EXPECT_NE(failure({{"pids", "pids.max", "5", "--pids-limit"}}), "");
}

TEST_F(ControlTest, WhoMayRunWithoutALimitGetsTheOthers) {
  write("cg/memory.max", "");
  EXPECT_NE(
      failure({{"pids", "pids.max", "5", "--pids-limit"}, {"memory", "memory.max", "4096", "--memory"}}), "");
  EXPECT_EQ(read("cg/memory.max"), "4096");
}

TEST_F(ControlTest, ARefusalNamesFlagBackEndFileAndRemedy) {
  const ControlWrite weight{"io", "io.weight", "8:0 200", "--blkio-weight-device"};
  EXPECT_EQ(text_of(diagnose_write(weight, record_, EOPNOTSUPP)),
            "--blkio-weight-device: cgroup v2 does not take '8:0 200' in " + at("cg") +
                "/io.weight (Operation not supported): this disk's IO scheduler has no weights; give it "
                "another: echo bfq | sudo tee /sys/block/DISK/queue/scheduler");
}

TEST_F(ControlTest, EachErrnoHasItsMeaning) {
  const auto text = [this](const char* file, int error) {
    return text_of(diagnose_write({"x", file, "1", "--x"}, record_, error));
  };
  EXPECT_NE(text("io.max", ENODEV).find("whole disk"), std::string::npos);
  EXPECT_NE(text("blkio.throttle.read_bps_device", ENODEV).find("whole disk"), std::string::npos);
  EXPECT_NE(text("memory.limit_in_bytes", EBUSY).find("in use"), std::string::npos);
  EXPECT_NE(text("memory.memsw.limit_in_bytes", EINVAL).find("swap together"), std::string::npos);
  EXPECT_NE(text("cpu.cfs_quota_us", EINVAL).find("quota"), std::string::npos);
  EXPECT_NE(text("cpuset.cpus", ENOSPC).find("no CPU"), std::string::npos);
  EXPECT_NE(text("cpu.weight", ERANGE).find("range"), std::string::npos);
  EXPECT_NE(text("memory.max", EPERM).find("delegated"), std::string::npos);
  EXPECT_NE(text("io.latency", EOPNOTSUPP).find("scheduler"), std::string::npos);
}

TEST_F(ControlTest, CpusThatVanishAreAnError) {
  write("cg/cpuset.cpus", "");
  write("cg/cpuset.cpus.effective", "0-1\n");
  EXPECT_EQ(failure({{"cpuset", "cpuset.cpus", "0,1", "--cpuset-cpus"}}), "");
  const std::string text = failure({{"cpuset", "cpuset.cpus", "0-3", "--cpuset-cpus"}});
  EXPECT_NE(text.find("--cpuset-cpus: the kernel gives only 0-1"), std::string::npos) << text;
}

TEST_F(ControlTest, ThrottleThatWasNotTakenIsAnError) {
  const ControlWrite throttle{"io", "io.max", "8:0 rbps=1000 wbps=max", "--device-read-bps"};
  write("cg/io.max", "8:0 rbps=1000 wbps=max riops=max wiops=max\n");
  EXPECT_FALSE(verify_write(throttle, at("cg")));
  write("cg/io.max", "8:16 rbps=1000 wbps=max riops=max wiops=max\n");
  const auto refusal = verify_write(throttle, at("cg"));
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->reason.find("did not take"), std::string::npos);
  const ControlWrite v1{"blkio", "blkio.throttle.read_bps_device", "8:0 1000", "--device-read-bps"};
  write("cg/blkio.throttle.read_bps_device", "8:0 1000\n");
  EXPECT_FALSE(verify_write(v1, at("cg")));
  const ControlWrite none{"blkio", "blkio.throttle.read_bps_device", "8:16 0", "--device-read-bps"};
  EXPECT_FALSE(verify_write(none, at("cg"))) << "0 takes a limit away";
}

TEST_F(ControlTest, WhatSystemdOnlyTellsItsJournal) {
  const std::vector<std::pair<std::string, uint64_t>> limit = {{"/dev/nothing", 1000}};
  const auto refusals = [&](const char* name, const PropertyValue& value) {
    std::string all;
    for (const Refusal& refusal : verify_properties({{name, value}}, record_)) all += text_of(refusal);
    return all;
  };
  write("cg/io.max", "");
  const std::string text = refusals("IOReadBandwidthMax", limit);
  EXPECT_NE(
      text.find("systemd accepted IOReadBandwidthMax=/dev/nothing 1000, but the kernel did not take it"),
      std::string::npos)
      << text;
  write("cg/io.max", "8:0 rbps=1000 wbps=max riops=max wiops=max\n");
  EXPECT_EQ(refusals("IOReadBandwidthMax", limit), "");

  write("cg/io.weight", "default 100\n");
  EXPECT_NE(refusals("IODeviceWeight", limit).find("an IO scheduler with weights"), std::string::npos);
  write("cg/io.weight", "default 100\n8:0 1000\n");
  EXPECT_EQ(refusals("IODeviceWeight", limit), "");
  write("cg/io.weight", "default 100\n");
  write("cg/io.bfq.weight", "default 100\n8:0 182\n");
  EXPECT_EQ(refusals("IODeviceWeight", limit), "") << "BFQ has it, on its own scale";
  EXPECT_NE(refusals("IODeviceLatencyTargetUSec", limit).find("CONFIG_BLK_CGROUP_IOLATENCY"),
            std::string::npos);

  write("cg/cpuset.cpus.effective", "0-1\n");
  EXPECT_EQ(refusals("AllowedCPUs", std::vector<uint8_t>{0x03}), "");
  EXPECT_NE(refusals("AllowedCPUs", std::vector<uint8_t>{0x07}), "");
}

}  // namespace
}  // namespace sdcont
