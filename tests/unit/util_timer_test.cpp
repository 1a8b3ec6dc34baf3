#include "util/timer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cstdint>

namespace sdcont {
namespace {

bool tells_within(const Timer& timer, int ms) {
  pollfd event{timer.get(), POLLIN, 0};
  return poll(&event, 1, ms) == 1;
}

TEST(TimerTest, TellsOnce) {
  Timer timer;
  EXPECT_FALSE(timer.expired()) << "it was not set";
  timer.set(1000);
  ASSERT_TRUE(tells_within(timer, 10'000));
  EXPECT_TRUE(timer.expired());
  EXPECT_FALSE(timer.expired());
}

TEST(TimerTest, AtOnceAndNever) {
  Timer timer;
  timer.set(UINT64_MAX);
  EXPECT_FALSE(tells_within(timer, 0));
  timer.set(0);
  EXPECT_TRUE(tells_within(timer, 10'000));
  timer.set(UINT64_MAX);
  EXPECT_FALSE(tells_within(timer, 0)) << "what was set before is forgotten";
}

}  // namespace
}  // namespace sdcont
