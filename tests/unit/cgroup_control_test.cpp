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
  std::string failure(const std::vector<ControlWrite>& writes) {
    return error_of([&] { write_limits(record_, writes); });
  }
  CgroupRecord record_;
};

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

TEST_F(ControlTest, EachErrnoHasItsMeaning) {
  const auto text = [](const char* file, int error) {
    return std::string(diagnose_write({"x", file, "1", "--x"}, "/cg", error).what());
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
  EXPECT_EQ(error_of([&] { verify_write(throttle, at("cg")); }), "");
  write("cg/io.max", "8:16 rbps=1000 wbps=max riops=max wiops=max\n");
  EXPECT_NE(error_of([&] { verify_write(throttle, at("cg")); }).find("did not take"), std::string::npos);
  const ControlWrite v1{"blkio", "blkio.throttle.read_bps_device", "8:0 1000", "--device-read-bps"};
  write("cg/blkio.throttle.read_bps_device", "8:0 1000\n");
  EXPECT_EQ(error_of([&] { verify_write(v1, at("cg")); }), "");
  const ControlWrite none{"blkio", "blkio.throttle.read_bps_device", "8:16 0", "--device-read-bps"};
  EXPECT_EQ(error_of([&] { verify_write(none, at("cg")); }), "") << "0 takes a limit away";
}

TEST_F(ControlTest, WhatSystemdOnlyTellsItsJournal) {
  const std::vector<std::pair<std::string, uint64_t>> limit = {{"/dev/nothing", 1000}};
  const std::vector<Property> io = {{"IOReadBandwidthMax", limit}};
  write("cg/io.max", "");
  const std::string text = error_of([&] { verify_properties(io, record_); });
  EXPECT_NE(text.find("was accepted by systemd, but not applied"), std::string::npos) << text;
  write("cg/io.max", "8:0 rbps=1000 wbps=max riops=max wiops=max\n");
  EXPECT_EQ(error_of([&] { verify_properties(io, record_); }), "");

  write("cg/cpuset.cpus.effective", "0-1\n");
  const std::vector<Property> both = {{"AllowedCPUs", std::vector<uint8_t>{0x03}}};
  const std::vector<Property> more = {{"AllowedCPUs", std::vector<uint8_t>{0x07}}};
  EXPECT_EQ(error_of([&] { verify_properties(both, record_); }), "");
  EXPECT_NE(error_of([&] { verify_properties(more, record_); }), "");
}

}  // namespace
}  // namespace sdcont
