#include "cgroup/oom_log.h"

#include <gtest/gtest.h>

namespace sdcont {
namespace {

const std::vector<std::string> kLog = {
    "100\ttail invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
    "101\tmemory: usage 16384kB, limit 16384kB, failcnt 30",
    "102\tTasks state (memory values in pages):",
    "103\t[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
    "104\t[   4001]     0  4001      620      250    45056        0             0 sh",
    "105\t[   4002]     0  4002    12000     3900   102400        0             0 tail",
    "106\t[   4003]     0  4003      700      300    45056        0             0 sleep",
    "107\toom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/web.slice,"
    "task_memcg=/web.slice/sdcont-a.scope/payload,task=tail,pid=4002,uid=0",
    "108\tMemory cgroup out of memory: Killed process 4002 (ta) il) total-vm:48000kB, anon-rss:15000kB, "
    "file-rss:500kB, shmem-rss:100kB, UID:0 pgtables:100kB oom_score_adj:0",
};

TEST(OomLogTest, TellsWhoWasKilledByWhoseLimitAmongWhom) {
  const auto kills = parse_oom_log(kLog, 4096);
  ASSERT_EQ(kills.size(), 1U);
  const OomKill& kill = kills[0];
  EXPECT_EQ(kill.monotonic_usec, 108U);
  EXPECT_FALSE(kill.whole_machine);
  EXPECT_EQ(kill.limit_cgroup, "/web.slice");
  EXPECT_EQ(kill.task_cgroup, "/web.slice/sdcont-a.scope/payload");
  EXPECT_EQ(kill.killed.pid, 4002);
  EXPECT_EQ(kill.killed.name, "ta) il") << "a name may hold anything";
  EXPECT_EQ(kill.killed.bytes, 15600U * 1024);
  ASSERT_EQ(kill.others.size(), 2U);
  EXPECT_EQ(kill.others[0].name, "sleep") << "the largest first";
  EXPECT_EQ(kill.others[0].bytes, 300U * 4096);
}

TEST(OomLogTest, TheWholeMachineHasNoCgroup) {
  const auto kills = parse_oom_log(
      {"0\toom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
       "task_memcg=/sdcont-1,task=x,pid=7,uid=0",
       "0\tOut of memory: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, "
       "UID:0"},
      4096);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_TRUE(kills[0].whole_machine);
  EXPECT_EQ(kills[0].task_cgroup, "/sdcont-1");
}

TEST(OomLogTest, OtherLinesSayNothing) {
  EXPECT_TRUE(parse_oom_log({"", "no tab", "1\t[ 12] x", "2\tKilled process 1 (x) by hand", "3\t[abc]"}, 4096)
                  .empty());
}

TEST(OomLogTest, AKernelPathMayBeginFurtherOut) {
  const std::string directory = "/sys/fs/cgroup/memory/sdcont.slice/sdcont-a.scope/payload";
  EXPECT_TRUE(is_in_cgroup("/sdcont.slice/sdcont-a.scope/payload", directory, "/sys/fs/cgroup/memory"));
  EXPECT_TRUE(
      is_in_cgroup("/box/sdcont.slice/sdcont-a.scope/payload/sub", directory, "/sys/fs/cgroup/memory"));
  EXPECT_FALSE(is_in_cgroup("/sdcont.slice/sdcont-a.scope/payload2", directory, "/sys/fs/cgroup/memory"));
  EXPECT_FALSE(is_in_cgroup("/sdcont.slice", directory, "/sys/fs/cgroup/memory"));
  EXPECT_FALSE(is_in_cgroup("", directory, "/sys/fs/cgroup/memory"));
}

}  // namespace
}  // namespace sdcont
