#include "cgroup/statistics.h"

#include <sys/xattr.h>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class StatisticsTest : public FakeTree {
 protected:
  CgroupRecord unified() {
    CgroupRecord record;
    record.payload[""] = at("cg/a/b");
    return record;
  }
  CgroupRecord hybrid() {
    CgroupRecord record;
    record.mode = CgroupMode::hybrid;
    for (const char* controller : {"memory", "cpu", "cpuacct", "pids", "blkio"}) {
      record.payload[controller] = at(std::string("cg/") + controller + "/a/b");
    }
    record.payload[""] = at("cg/unified/a/b");
    return record;
  }
};

TEST_F(StatisticsTest, Unified) {
  write_all("cg/a/b", {{"cpu.stat",
                        "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 3\n"
                        "throttled_usec 2\n"},
                       {"memory.current", "4096\n"},
                       {"memory.peak", "8192\n"},
                       {"memory.max", "max\n"},
                       {"memory.swap.current", "1\n"},
                       {"memory.events", "low 0\nhigh 5\nmax 6\noom 1\noom_kill 2\noom_group_kill 0\n"},
                       {"io.stat",
                        "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n"
                        "8:16 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n"},
                       {"pids.current", "2\n"},
                       {"pids.peak", "9\n"},
                       {"pids.max", "100\n"},
                       {"pids.events", "max 7\n"},
                       {"memory.pressure",
                        "some avg10=0.00 avg60=0.00 avg300=0.00 total=11\n"
                        "full avg10=0.00 avg60=0.00 avg300=0.00 total=22\n"}});
  const Statistics s = read_statistics(unified());
  EXPECT_EQ(s.cpu_usec, 30U);
  EXPECT_EQ(s.cpu_system_usec, 10U);
  EXPECT_EQ(s.throttled_periods, 3U);
  EXPECT_EQ(s.memory_peak, 8192U);
  EXPECT_EQ(s.memory_limit, kUnlimited);
  EXPECT_FALSE(s.swap_peak.has_value());
  EXPECT_EQ(s.oom_kills, 2U);
  EXPECT_EQ(s.oom_events, 1U);
  EXPECT_EQ(s.memory_high_events, 5U);
  EXPECT_EQ(s.io_read_bytes, 101U);
  EXPECT_EQ(s.io_write_operations, 5U);
  EXPECT_EQ(s.tasks_peak, 9U);
  EXPECT_EQ(s.tasks_limit, 100U);
  EXPECT_EQ(s.tasks_limit_hits, 7U);
  EXPECT_EQ(s.pressure.at("memory").some_usec, 11U);
  EXPECT_EQ(s.pressure.at("memory").full_usec, 22U);
  EXPECT_FALSE(s.pressure.contains("io"));
}

TEST_F(StatisticsTest, Hybrid) {
  write_all("cg/memory/a/b", {{"memory.usage_in_bytes", "4096\n"},
                              {"memory.max_usage_in_bytes", "8192\n"},
                              {"memory.limit_in_bytes", "9223372036854771712\n"},
                              {"memory.memsw.usage_in_bytes", "5000\n"},
                              {"memory.failcnt", "3\n"},
                              {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n"}});
  write_all("cg/cpuacct/a/b", {{"cpuacct.usage", "30999\n"}, {"cpuacct.usage_user", "20000\n"}});
  write("cg/cpu/a/b/cpu.stat", "nr_periods 4\nnr_throttled 3\nthrottled_time 2000\n");
  write_all("cg/blkio/a/b", {{"blkio.throttle.io_service_bytes_recursive",
                              "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n"
                              "9:0 Read 1\nTotal 31\n"},
                             {"blkio.throttle.io_serviced", "8:0 Read 2\n8:0 Write 3\nTotal 5\n"}});
  write_all("cg/pids/a/b", {{"pids.current", "1\n"}, {"pids.max", "max\n"}, {"pids.events", "max 0\n"}});
  write("cg/unified/a/b/cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  const Statistics s = read_statistics(hybrid());
  EXPECT_EQ(s.cpu_usec, 30U);
  EXPECT_EQ(s.cpu_user_usec, 20U);
  EXPECT_FALSE(s.cpu_system_usec.has_value());
  EXPECT_EQ(s.throttled_usec, 2U);
  EXPECT_EQ(s.memory_limit, kUnlimited);
  EXPECT_EQ(s.swap_current, 904U);
  EXPECT_EQ(s.oom_kills, 4U);
  EXPECT_EQ(s.memory_max_events, 3U);
  EXPECT_EQ(s.oom_events, 4U) << "v1 does not count them, but the limit was hit";
  EXPECT_EQ(s.io_read_bytes, 11U);
  EXPECT_EQ(s.io_write_bytes, 20U);
  EXPECT_EQ(s.io_write_operations, 3U);
  EXPECT_EQ(s.tasks_limit, kUnlimited);
  EXPECT_FALSE(s.tasks_peak.has_value());
  EXPECT_EQ(s.pressure.at("cpu").some_usec, 5U);
}

TEST_F(StatisticsTest, TheScopesLimitIsTheContainersOwn) {
  CgroupRecord record = unified();
  record.manager = CgroupManager::systemd;
  write("cg/a/b/memory.events", "oom 0\noom_kill 1\n");
  write_all("cg/a", {{"memory.events", "oom 1\noom_kill 1\n"}, {"memory.events.local", "oom 1\n"}});
  write("cg/memory.events.local", "oom 3\n");
  const Statistics s = read_statistics(record);
  EXPECT_EQ(s.oom_kills, 1U);
  EXPECT_EQ(s.oom_events, 1U);
  const auto above = read_ancestor_oom(record);
  ASSERT_EQ(above.size(), 1U);
  EXPECT_EQ(above[0].cgroup, at("cg"));
}

TEST_F(StatisticsTest, NothingThereIsNothingTold) {
  const Statistics s = read_statistics(unified());
  EXPECT_FALSE(s.cpu_usec.has_value());
  EXPECT_FALSE(s.io_read_bytes.has_value());
  EXPECT_TRUE(s.pressure.empty());
  EXPECT_TRUE(read_ancestor_oom(unified()).empty());
  EXPECT_FALSE(read_statistics({}).memory_current.has_value());
}

TEST_F(StatisticsTest, AncestorsInnermostFirst) {
  write_all("cg/a", {{"memory.events.local", "oom 2\noom_kill 1\n"}, {"memory.max", "1000\n"}});
  const auto v2 = read_ancestor_oom(unified());
  ASSERT_EQ(v2.size(), 1U);
  EXPECT_EQ(v2[0].cgroup, at("cg/a"));
  EXPECT_EQ(v2[0].events, 2U);
  EXPECT_EQ(v2[0].limit, 1000U);

  write_all("cg/memory/a", {{"memory.failcnt", "7\n"}, {"memory.limit_in_bytes", "9223372036854771712\n"}});
  write_all("cg/memory", {{"memory.failcnt", "0\n"}, {"memory.limit_in_bytes", "500\n"}});
  const auto v1 = read_ancestor_oom(hybrid());
  ASSERT_EQ(v1.size(), 2U);
  EXPECT_EQ(v1[0].events, 7U);
  EXPECT_EQ(v1[0].limit, kUnlimited);
  EXPECT_EQ(v1[1].limit, 500U);
}

TEST_F(StatisticsTest, ThrottledAncestors) {
  write_all("cg/a", {{"cpu.max", "20000 100000\n"},
                     {"cpu.stat", "nr_periods 40\nnr_throttled 30\nthrottled_usec 500\n"}});
  write_all("cg", {{"cpu.max", "max 100000\n"}});
  const auto ancestors = read_ancestor_cpu(unified());
  ASSERT_EQ(ancestors.size(), 1U);
  EXPECT_EQ(ancestors[0].cgroup, at("cg/a"));
  EXPECT_EQ(ancestors[0].bound, 200'000'000U);
  EXPECT_EQ(ancestors[0].throttled_periods, 30U);
  write_all("cg/cpu/a", {{"cpu.cfs_quota_us", "50000\n"},
                         {"cpu.cfs_period_us", "100000\n"},
                         {"cpu.stat", "nr_periods 4\nnr_throttled 3\nthrottled_time 7000\n"}});
  write_all("cg/cpu", {{"cpu.cfs_quota_us", "-1\n"}, {"cpu.cfs_period_us", "100000\n"}});
  const auto v1 = read_ancestor_cpu(hybrid());
  ASSERT_EQ(v1.size(), 1U);
  EXPECT_EQ(v1[0].bound, 500'000'000U);
  EXPECT_EQ(v1[0].throttled_usec, 7U);
}

TEST_F(StatisticsTest, ThrottledMeanwhile) {
  const std::vector<AncestorCpu> before = {
      {"/a", 1, 10, 5, 100}, {"/b", 1, 10, 5, 100}, {"/made/anew", 1, 90, 9, 9}};
  const auto since = throttled_since(
      {{"/a", 1, 30, 9, 700}, {"/b", 1, 20, 5, 100}, {"/made/anew", 1, 8, 2, 3}, {"/new", 1, 4, 1, 2}},
      before);
  ASSERT_EQ(since.size(), 3U);
  EXPECT_EQ(since[0].periods, 20U);
  EXPECT_EQ(since[0].throttled_periods, 4U);
  EXPECT_EQ(since[0].throttled_usec, 600U);
  EXPECT_EQ(since[1].periods, 8U);
  EXPECT_EQ(since[2].cgroup, "/new");
}

TEST_F(StatisticsTest, WhatSystemdOomdNotes) {
  write("cg/a/b/cgroup.procs", "");
  EXPECT_EQ(read_oomd_kills(unified()), 0U);
  if (setxattr(at("cg/a/b").c_str(), "user.oomd_kill", "12", 2, 0) != 0) GTEST_SKIP() << "no attributes here";
  EXPECT_EQ(read_oomd_kills(unified()), 12U);
  EXPECT_EQ(read_oomd_kills(hybrid()), 0U);
}

}  // namespace
}  // namespace sdcont
