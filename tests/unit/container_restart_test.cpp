#include "container/restart.h"

#include <gtest/gtest.h>

namespace sdcont {
namespace {

ExitRecord ended(int status, Reason reason = Reason::exited) {
  ExitRecord exit;
  exit.status = status;
  exit.reason = reason;
  return exit;
}

TEST(Restart, FollowsThePolicyUnlessItWasStopped) {
  EXPECT_FALSE(wants_restart({}, ended(1), 0));
  const Restart always{Restart::Policy::always, 0};
  EXPECT_TRUE(wants_restart(always, ended(0), 1000));
  EXPECT_TRUE(wants_restart(always, ended(137, Reason::out_of_memory), 0));
  EXPECT_FALSE(wants_restart(always, ended(143, Reason::stopped), 0));
  const Restart thrice{Restart::Policy::on_failure, 3};
  EXPECT_TRUE(wants_restart(thrice, ended(1), 2));
  EXPECT_FALSE(wants_restart(thrice, ended(1), 3));
  EXPECT_FALSE(wants_restart(thrice, ended(0), 0));
  EXPECT_TRUE(wants_restart({Restart::Policy::on_failure, 0}, ended(1), 1000))
      << "without a number: without end";
}

TEST(Restart, WaitsLongerEachTimeUpToAMinute) {
  RestartDelay delay;
  EXPECT_EQ(delay.next(0), 100'000U);
  EXPECT_EQ(delay.next(0), 200'000U);
  EXPECT_EQ(delay.next(0), 400'000U);
  for (int i = 0; i < 20; ++i) delay.next(0);
  EXPECT_EQ(delay.next(0), 60'000'000U);
  EXPECT_EQ(delay.next(10'000'000'000), 100'000U) << "it ran for ten seconds";
}

TEST(Restart, CountersAreOfOneRun) {
  Statistics before;
  before.cpu_usec = 100;
  before.oom_kills = 1;
  before.memory_peak = 50;
  before.pressure["cpu"] = {10, 5};
  Statistics now = before;
  now.cpu_usec = 150;
  now.io_read_bytes = 7;  // not counted before
  now.pressure["cpu"] = {30, 5};
  const Statistics run = counted_since(now, before);
  EXPECT_EQ(run.cpu_usec, 50U);
  EXPECT_EQ(run.oom_kills, 0U);
  EXPECT_EQ(run.memory_peak, 50U) << "a peak is no counter";
  EXPECT_EQ(run.io_read_bytes, 7U);
  EXPECT_EQ(run.pressure.at("cpu").some_usec, 20U);
  EXPECT_EQ(run.pressure.at("cpu").full_usec, 0U);
}

}  // namespace
}  // namespace sdcont
