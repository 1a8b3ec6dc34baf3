#include "cgroup/effective.h"

#include "rootfs_fixture.h"

namespace sdcont {
namespace {

class EffectiveTest : public RootDirectory {
 protected:
  CgroupRecord record(CgroupMode mode) {
    CgroupRecord record;
    record.mode = mode;
    if (mode == CgroupMode::unified) {
      record.payload[""] = (top() / "web.slice" / "a.scope" / "payload").string();
    } else {
      for (const char* controller : {"memory", "cpu", "pids", "blkio"})
        record.payload[controller] = (top() / controller / "web" / "a").string();
    }
    return record;
  }
};

TEST_F(EffectiveTest, IsTheLowestOfAllCgroupsAbove) {
  write(top() / "web.slice" / "memory.max", "1000\n");
  write(top() / "web.slice" / "a.scope" / "memory.max", "4000\n");
  write(top() / "web.slice" / "a.scope" / "payload" / "memory.max", "max\n");
  const auto limit = read_kernel_limit(record(CgroupMode::unified), "memory.max");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->applied, "max");
  EXPECT_EQ(limit->effective, "1000");
  EXPECT_EQ(limit->bound, 1000U);
  EXPECT_EQ(limit->cgroup, (top() / "web.slice").string());
}

TEST_F(EffectiveTest, CpuTimeIsComparedAsARatio) {
  write(top() / "web.slice" / "cpu.max", "60000 200000\n");
  write(top() / "web.slice" / "a.scope" / "cpu.max", "max 100000\n");
  write(top() / "web.slice" / "a.scope" / "payload" / "cpu.max", "50000 100000\n");
  const auto limit = read_kernel_limit(record(CgroupMode::unified), "cpu.max");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->applied, "50000 100000");
  EXPECT_EQ(limit->effective, "60000 200000");
  EXPECT_EQ(limit->bound, 300'000'000U);
}

TEST_F(EffectiveTest, V1HasOtherFilesAndAnotherWordForUnlimited) {
  write(top() / "memory" / "web" / "memory.limit_in_bytes", "5000\n");
  write(top() / "memory" / "web" / "a" / "memory.limit_in_bytes", "9223372036854771712\n");
  write(top() / "cpu" / "web" / "a" / "cpu.cfs_quota_us", "-1\n");
  write(top() / "cpu" / "web" / "a" / "cpu.cfs_period_us", "50000\n");
  const auto memory = read_kernel_limit(record(CgroupMode::legacy), "memory.limit_in_bytes");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->applied, "max");
  EXPECT_EQ(memory->effective, "5000");
  const auto cpu = read_kernel_limit(record(CgroupMode::legacy), "cpu.cfs_quota_us");
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->applied, "max 50000");
  EXPECT_EQ(cpu->bound, kUnlimited);
  EXPECT_FALSE(read_kernel_limit(record(CgroupMode::legacy), "pids.max"));
}

TEST_F(EffectiveTest, AWeightIsTheContainersOwn) {
  write(top() / "web.slice" / "cpu.weight", "10\n");
  write(top() / "web.slice" / "a.scope" / "cpu.weight", "10\n");
  write(top() / "web.slice" / "a.scope" / "payload" / "cpu.weight", "100\n");
  EXPECT_EQ(read_kernel_limit(record(CgroupMode::unified), "cpu.weight")->effective, "100");
}

}  // namespace
}  // namespace sdcont
