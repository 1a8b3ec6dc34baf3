#include "container/why.h"

#include <gtest/gtest.h>

#include <csignal>

namespace sdcont {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

/// A container that ended a minute ago after ten seconds; each test says how.
WhyFacts ended(Reason reason, const std::string& explanation) {
  WhyFacts facts;
  facts.record.name = "web";
  facts.record.status = Status::exited;
  facts.record.started_ns = 930 * kSecond;
  facts.record.exit.emplace();
  facts.record.exit->reason = reason;
  facts.record.exit->explanation = explanation;
  facts.record.exit->finished_ns = 940 * kSecond;
  facts.record.exit->wall_ns = 10 * kSecond;
  facts.state = "exited";
  facts.now_ns = 1000 * kSecond;
  facts.wall_ns = 10 * kSecond;
  facts.can_tell_pressure = true;
  return facts;
}

WhyFacts running() {
  WhyFacts facts = ended(Reason::exited, "");
  facts.record.exit.reset();
  facts.record.status = Status::running;
  facts.state = "running";
  return facts;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool shows(const Why& why, const std::string& part) {
  for (const std::string& line : why.evidence) {
    if (has(line, part)) return true;
  }
  return false;
}

OomKill kill_by(const std::string& cgroup) {
  return {.monotonic_usec = 5'000'000,
          .limit_cgroup = cgroup,
          .task_cgroup = "/web.slice/sdcont-web.scope/payload",
          .killed = {77, "java", 100 << 20},
          .others = {{78, "sh", 2 << 20}, {79, "a", 3}, {80, "b", 2}, {81, "c", 1}}};
}

WhyFacts killed_by(const std::string& cgroup) {
  WhyFacts facts = ended(Reason::out_of_memory, "killed by the out-of-memory killer");
  facts.memory_mount = "/sys/fs/cgroup";
  facts.memory_cgroup = "/sys/fs/cgroup/web.slice/sdcont-web.scope/payload";
  facts.record.cgroup.emplace();
  facts.record.cgroup->unit = "sdcont-web.scope";
  facts.kills = {kill_by(cgroup)};
  return facts;
}

TEST(WhyTest, OutOfMemoryByItsOwnLimit) {
  for (const char* cgroup : {"/web.slice/sdcont-web.scope/payload", "/web.slice/sdcont-web.scope"}) {
    const Why why = tell_why(killed_by(cgroup));
    EXPECT_TRUE(has(why.text, "Container web ended about a minute ago, after 10.00s")) << why.text;
    EXPECT_TRUE(has(why.text, "process 77 (java), which held 100.0M: the container's own limit was reached"))
        << why.text;
    EXPECT_TRUE(has(why.text, "Beside it there were sh (2.0M), a (3B), b (2B), 1 more.")) << why.text;
    EXPECT_TRUE(shows(why, "kernel log [5.000000]"));
  }
}

TEST(WhyTest, OutOfMemoryByASliceAboveAndByTheMachine) {
  EXPECT_TRUE(has(tell_why(killed_by("/web.slice")).text, "the limit of /web.slice above it was reached"));
  WhyFacts facts = killed_by("");
  facts.kills[0].whole_machine = true;
  EXPECT_TRUE(has(tell_why(facts).text, "the machine was out of memory"));
}

TEST(WhyTest, AUsersSignal) {
  WhyFacts facts = ended(Reason::signalled, "killed by SIGKILL");
  facts.signals = {"SIGKILL at 2026-01-02T03:04:05Z"};
  EXPECT_TRUE(has(tell_why(facts).text, "killed by SIGKILL. A user sent SIGKILL at 2026-01-02T03:04:05Z"));
  facts.record.exit->reason = Reason::exited;  // it took a signal, and ended later by itself
  EXPECT_FALSE(has(tell_why(facts).text, "A user sent"));
}

TEST(WhyTest, ACrashATimeoutAndAStopAreInTheirOwnWords) {
  EXPECT_TRUE(has(tell_why(ended(Reason::signalled, "killed by SIGSEGV (core dumped)")).text,
                  "SIGSEGV (core dumped)."));
  EXPECT_TRUE(
      has(tell_why(ended(Reason::timeout, "its --timeout ran out: killed by SIGTERM")).text, "--timeout"));
  EXPECT_TRUE(has(tell_why(ended(Reason::stopped, "stopped: exited with status 0")).text, "stopped:"));
}

TEST(WhyTest, AStatusThatStandsForASignal) {
  WhyFacts facts = ended(Reason::exited, "exited with status 139");
  facts.record.exit->status = 139;
  EXPECT_TRUE(
      has(tell_why(facts).text, "status 139. That status is 128 + 11: its command was ended by SIGSEGV."));
}

TEST(WhyTest, Oomd) {
  WhyFacts facts = ended(Reason::signalled, "killed by SIGKILL");
  facts.oomd = {"Killed /web.slice/sdcont-web.scope due to memory pressure"};
  EXPECT_TRUE(has(tell_why(facts).text, "systemd-oomd ended it: Killed /web.slice"));
}

TEST(WhyTest, ThrottledByItsOwnLimitAndByOneAbove) {
  WhyFacts facts = running();
  facts.usage.periods = 100;
  facts.usage.throttled_periods = 43;
  facts.usage.throttled_usec = 12'300'000;
  facts.cpu_bound = 200'000'000;
  EXPECT_TRUE(
      has(tell_why(facts).text, "throttled 43 % of the time in which it wanted to run, by cpu 20 %."));
  EXPECT_TRUE(shows(tell_why(facts), "throttled in 43 of 100 periods, 12.30s in all"));
  facts.cpu_bound_by = "web.slice";
  EXPECT_TRUE(has(tell_why(facts).text, "by cpu 20 % of web.slice above it."));
  facts.usage.throttled_periods = 2;
  EXPECT_TRUE(has(tell_why(facts).text, "neither killed nor slowed down")) << "that is not worth a word";
}

TEST(WhyTest, StalledOnIoOrNotToBeTold) {
  WhyFacts facts = running();
  facts.usage.pressure["io"] = {6'000'000, 4'000'000};
  EXPECT_TRUE(has(tell_why(facts).text, "It stalled 4.00s (40 % of the time) on IO."));
  facts.usage.pressure.clear();
  facts.can_tell_pressure = false;
  EXPECT_TRUE(has(tell_why(facts).text, "cannot be told here"));
}

TEST(WhyTest, LimitsOfTasksDescriptorsAndStorage) {
  WhyFacts facts = running();
  facts.usage.tasks_limit = 10;
  facts.usage.tasks_limit_hits = 3;
  EXPECT_TRUE(has(tell_why(facts).text, "refused a new process or thread 3 times: its limit of tasks is 10"));
  facts = running();
  facts.full_tables = {{12, "nginx", 1024, 1024}};
  EXPECT_TRUE(has(tell_why(facts).text, "Process 12 (nginx) has 1024 of the 1024 descriptors open"));
  facts = ended(Reason::exited, "exited with status 1");
  facts.storage_size = 16 << 20;
  facts.storage_free = 4096;
  EXPECT_TRUE(has(tell_why(facts).text, "--storage-opt size of 16M is reached"));
  facts.storage_free = 8 << 20;
  EXPECT_FALSE(has(tell_why(facts).text, "is reached"));
  EXPECT_TRUE(shows(tell_why(facts), "storage: 8.0M of 16M written"));
}

TEST(WhyTest, NothingWasWrong) {
  EXPECT_EQ(tell_why(running()).text,
            "Container web runs, for about a minute. It was neither killed nor slowed down by a limit.");
}

TEST(WhyTest, ASliceAboveThatWasThrottled) {
  WhyFacts facts = ended(Reason::exited, "exited with status 0");
  facts.slowed = {{"/sys/fs/cgroup/web.slice", 200'000'000, 100, 43, 5'000'000}};
  const Why why = tell_why(facts);
  EXPECT_TRUE(
      has(why.text,
          "web.slice above it, and all in that, was throttled 43 % of the time in which it wanted to run, by "
          "cpu 20 %."))
      << why.text;
  EXPECT_TRUE(shows(why, "cpu.stat of web.slice: throttled in 43 of 100 periods, 5.0"));
  facts.slowed[0].throttled_periods = 1;
  EXPECT_FALSE(has(tell_why(facts).text, "web.slice"));
  WhyFacts now = running();
  now.slowed = {{"/sys/fs/cgroup/web.slice", 200'000'000, 100, 43, 5'000'000}};
  EXPECT_FALSE(has(tell_why(now).text, "neither killed nor slowed"));
}

TEST(WhyTest, WhereTheCoreIs) {
  WhyFacts facts = ended(Reason::signalled, "killed by SIGSEGV (core dumped)");
  facts.core = "/var/lib/systemd/coredump/core.x: see coredumpctl";
  EXPECT_TRUE(has(tell_why(facts).text, "Its core is /var/lib/systemd/coredump/core.x: see coredumpctl."));
}

}  // namespace
}  // namespace sdcont
