#include <gtest/gtest.h>

#include "limits/convert.h"
#include "spec/resources.h"

namespace sdcont {
namespace {

using Pairs = std::initializer_list<std::pair<uint64_t, uint64_t>>;

TEST(Convert, SharesToWeight) {
  for (const auto& [shares, weight] : Pairs{{0, 1},
                                            {2, 1},
                                            {102, 17},
                                            {256, 35},
                                            {512, 59},
                                            {1024, 100},
                                            {2048, 174},
                                            {4096, 303},
                                            {262144, 10000},
                                            {kUnlimited, 10000}}) {
    EXPECT_EQ(shares_to_weight(shares), weight) << shares;
  }
  uint64_t last = 0;
  for (uint64_t shares = 2; shares <= 262144; shares += 7) {
    ASSERT_GE(shares_to_weight(shares), last) << shares;
    last = shares_to_weight(shares);
  }
}

TEST(Convert, WeightToShares) {
  for (const auto& [weight, shares] :
       Pairs{{100, 1024}, {1, 10}, {10000, 102400}, {0, 2}, {kUnlimited, 102400}}) {
    EXPECT_EQ(weight_to_shares(weight), shares) << weight;
  }
}

TEST(Convert, IoWeights) {
  for (const auto& [blkio, io] : Pairs{{10, 1}, {100, 910}, {500, 4950}, {1000, 10000}}) {
    EXPECT_EQ(blkio_weight_to_io_weight(blkio), io) << blkio;
  }
  for (const auto& [bfq, io] : Pairs{{10, 10}, {100, 100}, {500, 4500}, {1000, 10000}}) {
    EXPECT_EQ(bfq_weight_to_io_weight(bfq), io) << bfq;
  }
  for (const auto& [io, bfq] : Pairs{{1, 1}, {100, 100}, {500, 136}, {4500, 500}, {10000, 1000}}) {
    EXPECT_EQ(io_weight_to_bfq(io), bfq) << io;
  }
  for (const auto& [io, blkio] : Pairs{{1, 10}, {100, 500}, {200, 1000}, {10000, 1000}}) {
    EXPECT_EQ(io_weight_to_blkio_weight(io), blkio) << io;
  }
}

TEST(Convert, EveryBfqWeightSurvivesSystemd) {
  for (uint64_t weight = 10; weight <= 1000; ++weight) {
    ASSERT_EQ(io_weight_to_bfq(bfq_weight_to_io_weight(weight)), weight);
  }
}

TEST(Convert, LegacyBlkioWeightIsNotBelowWhatWasAsked) {
  for (uint64_t weight = 10; weight <= 1000; ++weight) {
    const uint64_t there = io_weight_to_blkio_weight(blkio_weight_to_legacy_io_weight(weight));
    ASSERT_GE(there, weight);
    ASSERT_LT(there, weight + 5);
  }
}

TEST(Convert, Quotas) {
  EXPECT_EQ(quota_from_ppm(200'000), (CpuQuota{20'000, 100'000}));
  EXPECT_EQ(quota_from_ppm(1'500'000), (CpuQuota{150'000, 100'000}));
  EXPECT_EQ(quota_from_ppm(125'000), (CpuQuota{12'500, 100'000}));
  EXPECT_EQ(quota_from_ppm(5'000), (CpuQuota{1'000, 200'000}));
  EXPECT_EQ(quota_from_ppm(1'000), (CpuQuota{1'000, 1'000'000}));
  EXPECT_EQ(quota_from_ppm(999).quota, 999U);  // for the caller to refuse
  EXPECT_EQ(quota_from_ppm(kUnlimited), CpuQuota{});

  EXPECT_EQ(quota_per_second({150'000, 100'000}, 252), 1'500'000U);
  EXPECT_EQ(quota_per_second({12'500, 100'000}, 255), 130'000U);
  EXPECT_EQ(quota_per_second({12'500, 100'000}, 256), 125'000U);
  EXPECT_EQ(quota_per_second({1'000, 3'000}, 257), 333'334U);
  EXPECT_EQ(quota_per_second({}, 252), kUnlimited);
}

TEST(Convert, CpuMasks) {
  const std::pair<const char*, std::vector<uint8_t>> vectors[] = {
      {"0", {0x01}}, {"1,3", {0x0a}}, {"8", {0x00, 0x01}}, {"0-15", {0xff, 0xff}}, {"0-3,5", {0x2f}}};
  for (const auto& [list, mask] : vectors) {
    EXPECT_EQ(cpu_list_to_mask(list), mask) << list;
    EXPECT_EQ(mask_to_cpu_list(mask), list);
  }
  EXPECT_EQ(mask_to_cpu_list({}), "");
}

TEST(Convert, Scales) {
  EXPECT_EQ(ppm_to_uint32_scale(0), 0U);
  EXPECT_EQ(ppm_to_uint32_scale(500'000), 2147483648U);
  EXPECT_EQ(ppm_to_uint32_scale(1'000'000), UINT32_MAX);
  EXPECT_EQ(ppm_to_uint32_scale(9'000'000), UINT32_MAX);
  EXPECT_EQ(add_limits(1, 2), 3U);
  EXPECT_EQ(add_limits(kUnlimited, 1), kUnlimited);
  EXPECT_EQ(add_limits(kUnlimited - 1, 5), kUnlimited);
}

}  // namespace
}  // namespace sdcont
