#include "util/time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace sdcont {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kNow = 1'700'000'000 * kSecond;

/// A zone for one test.
class MomentTest : public testing::Test {
 protected:
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  void TearDown() override { zone("UTC"); }
};

TEST_F(MomentTest, MayBeHowLongAgo) {
  EXPECT_EQ(parse_moment("10m", kNow), kNow - 600 * kSecond);
  EXPECT_EQ(parse_moment("1h30m", kNow), kNow - 5400 * kSecond);
  EXPECT_EQ(parse_moment("1.5s", kNow), kNow - kSecond * 3 / 2);
  EXPECT_EQ(parse_moment("300ms", kNow), kNow - kSecond * 3 / 10);
  EXPECT_EQ(parse_moment("-10s", kNow), kNow + 10 * kSecond) << "as Go's durations may be";
}

TEST_F(MomentTest, MayBeSecondsSinceTheEpoch) {
  EXPECT_EQ(parse_moment("0", kNow), 0U);
  EXPECT_EQ(parse_moment("1136073845", kNow), 1'136'073'845 * kSecond);
  EXPECT_EQ(parse_moment("1136073845.000000001", kNow), 1'136'073'845 * kSecond + 1);
  EXPECT_EQ(parse_moment("1.5", kNow), kSecond * 3 / 2);
}

TEST_F(MomentTest, MayBeADateWithItsZoneOrOfThisOne) {
  zone("XYZ-2");  // two hours east
  const uint64_t there = 1'767'323'045 * kSecond;
  EXPECT_EQ(parse_moment("2026-01-02T03:04:05Z", kNow), there);
  EXPECT_EQ(parse_moment("2026-01-02T05:04:05+02:00", kNow), there);
  EXPECT_EQ(parse_moment("2026-01-02T05:04:05", kNow), there);
  EXPECT_EQ(parse_moment("2026-01-02T05:04", kNow), there - 5 * kSecond);
  EXPECT_EQ(parse_moment("2026-01-02", kNow), there - (5 * 3600 + 4 * 60 + 5) * kSecond);
  EXPECT_EQ(format_local_time(there), "2026-01-02T05:04:05.000000000+02:00");
}

TEST_F(MomentTest, NothingElseIs) {
  for (const char* text : {"", "-", "m", "10x", "1h 2m", "+5s", "1e3s", "nan", "infs", "yesterday",
                           "2026-13-01", "99999999999999999999", "1.x", "--5s", "5s3", "9999999h"}) {
    EXPECT_FALSE(parse_moment(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace sdcont
