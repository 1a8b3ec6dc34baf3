#include "container/evidence.h"

#include <gtest/gtest.h>

namespace sdcont {
namespace {

TEST(EvidenceTest, WhatWasCountedBeforeGoesToTheSupervisor) {
  CountedBefore before;
  before.memory = {{"/cg/a b.slice", 4, 64 << 20}, {"/cg", 0, kUnlimited}};
  before.cpu = {{"/cg/a b.slice", 500'000'000, 10, 7, 1234}};
  const CountedBefore told = counted_before(fields_of(before));
  ASSERT_EQ(told.memory.size(), 2U);
  EXPECT_EQ(told.memory[0].cgroup, "/cg/a b.slice");
  EXPECT_EQ(told.memory[0].events, 4U);
  ASSERT_EQ(told.cpu.size(), 1U);
  EXPECT_EQ(told.cpu[0].cgroup, "/cg/a b.slice");
  EXPECT_EQ(told.cpu[0].periods, 10U);
  EXPECT_EQ(told.cpu[0].throttled_periods, 7U);
  EXPECT_EQ(told.cpu[0].throttled_usec, 1234U);
}

TEST(EvidenceTest, NothingAboveIsNothing) {
  EXPECT_TRUE(fields_of({}).empty());
  EXPECT_TRUE(counted_before({}).memory.empty());
}

}  // namespace
}  // namespace sdcont
