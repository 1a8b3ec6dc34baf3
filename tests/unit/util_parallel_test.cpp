#include "util/parallel.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace sdcont {
namespace {

TEST(ParallelTest, DoesEachOnce) {
  for (const size_t count : {0, 1, 63, 200, 1001}) {
    std::vector<int> done(count);
    in_parts(count, [&](size_t i) { ++done[i]; });
    EXPECT_EQ(done, std::vector<int>(count, 1));
  }
}

TEST(ParallelTest, ThrowsWhatOneHasThrown) {
  for (const size_t bad : {0, 1, 199}) {
    EXPECT_THROW(in_parts(200,
                          [&](size_t i) {
                            if (i == bad) throw std::runtime_error("no");
                          }),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace sdcont
