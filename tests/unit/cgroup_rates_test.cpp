#include "cgroup/rates.h"

#include "rootfs_fixture.h"

namespace sdcont {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TEST(RatesTest, CpuIsOfOneCpuAndThrottlingOfThePeriodsInWhichItRan) {
  Sample before, now;
  before.time_ns = 10 * kSecond;
  before.cpu_usec = 500'000;
  before.periods = 100;
  before.throttled_periods = 7;
  now.time_ns = 12 * kSecond;
  now.cpu_usec = 3'500'000;
  now.periods = 120;
  now.throttled_periods = 12;
  now.memory = 50;
  const Usage usage = usage_between(before, now, 200);
  EXPECT_DOUBLE_EQ(usage.cpu_percent, 150);
  EXPECT_DOUBLE_EQ(usage.throttled_percent, 25);
  EXPECT_DOUBLE_EQ(usage.memory_percent, 25);
}

TEST(RatesTest, PressureIsAShareOfTheTime) {
  Sample before, now;
  now.time_ns = 4 * kSecond;
  now.has_pressure = true;
  now.pressure[2] = {1'000'000, 400'000};
  const Usage usage = usage_between(before, now, 0);
  EXPECT_DOUBLE_EQ(usage.some_percent[2], 25);
  EXPECT_DOUBLE_EQ(usage.full_percent[2], 10);
  EXPECT_DOUBLE_EQ(usage.memory_percent, 0);
}

TEST(RatesTest, ACounterThatBeganAnewIsNoHugeNumber) {
  Sample before, now;
  before.cpu_usec = 1000;
  now.time_ns = kSecond;
  EXPECT_DOUBLE_EQ(usage_between(before, now, 1).cpu_percent, 0);
  EXPECT_DOUBLE_EQ(usage_between(now, before, 1).cpu_percent, 0) << "a clock that did not move";
}

TEST(RatesTest, TheNetworkIsAllButTheLoopback) {
  const auto bytes = parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop\n"
      "    lo:  999       9    0    0    0     0          0         0      999       9    0    0\n"
      "  eth0: 1000      10    0    0    0     0          0         0     2000      20    0    0\n"
      "wlan0:1 2 3 4 5 6 7 8 9 10 11\n");
  EXPECT_EQ(bytes.received, 1001U);
  EXPECT_EQ(bytes.sent, 2009U);
}

TEST(SamplerTest, ParsesInPlace) {
  EXPECT_EQ(counter_of("active_file 5\ninactive_file 7\n", "inactive_file"), 7U);
  EXPECT_EQ(counter_of("total_inactive_file 5\n", "inactive_file"), 0U);
  EXPECT_EQ(counter_of("inactive_file_x 5\ninactive_file 6", "inactive_file"), 6U);
  EXPECT_EQ(sum_of("8:0 rbytes=10 wbytes=1\n8:16 rbytes=5 wbytes=2\n", "rbytes="), 15U);
  EXPECT_EQ(sum_of("8:0 Read 10\n8:0 Write 3\n8:16 Read 1\nTotal 14\n", " Read "), 11U);
}

class SamplerFilesTest : public RootDirectory {};

TEST_F(SamplerFilesTest, ReadsWhatIsThere) {
  CgroupRecord record;
  record.mode = CgroupMode::unified;
  record.payload[""] = (top() / "c").string();
  write(top() / "c" / "cpu.stat", "usage_usec 5000\nuser_usec 1\nnr_periods 4\nnr_throttled 2\n");
  write(top() / "c" / "memory.current", "1000\n");
  write(top() / "c" / "memory.stat", "anon 1\ninactive_file 300\n");
  write(top() / "c" / "io.stat", "8:0 rbytes=7 wbytes=8 rios=1 wios=1 dbytes=0 dios=0\n");
  write(top() / "c" / "pids.current", "3\n");
  write(top() / "c" / "io.pressure",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=70\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=60\n");
  Sampler sampler(record);
  Sample sample;
  ASSERT_TRUE(sampler.read(sample));
  EXPECT_EQ(sample.cpu_usec, 5000U);
  EXPECT_EQ(sample.throttled_periods, 2U);
  EXPECT_EQ(sample.memory, 700U) << "docker does not count the inactive file cache";
  EXPECT_EQ(sample.read_bytes, 7U);
  EXPECT_EQ(sample.tasks, 3U);
  EXPECT_TRUE(sample.has_pressure);
  EXPECT_EQ(sample.pressure[2].some_usec, 70U);
  EXPECT_EQ(sample.pressure[2].full_usec, 60U);
  write(top() / "c" / "memory.current", "");
  EXPECT_FALSE(sampler.read(sample)) << "the cgroup is gone";
}

}  // namespace
}  // namespace sdcont
