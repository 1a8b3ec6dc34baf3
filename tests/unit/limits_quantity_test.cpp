#include <gtest/gtest.h>

#include "limits/quantity.h"
#include "spec/resources.h"
#include "util/error.h"

namespace sdcont {
namespace {

struct Good {
  const char* text;
  uint64_t value;
};

constexpr uint64_t kMebi = uint64_t{1} << 20;

TEST(Quantity, BytesAsDockerAndSystemdWriteThem) {
  for (const auto& [text, value] : std::initializer_list<Good>{{"128M", 128 * kMebi},
                                                               {"128m", 128 * kMebi},
                                                               {"128MiB", 128 * kMebi},
                                                               {"128mb", 128 * kMebi},
                                                               {"128 MB", 128 * kMebi},
                                                               {"134217728", 128 * kMebi},
                                                               {"1.5g", 1536 * kMebi},
                                                               {"0.1g", 107374182},
                                                               {"0.3k", 307},
                                                               {"0", 0},
                                                               {"17b", 17},
                                                               {"1k", 1024},
                                                               {"2T", 2097152 * kMebi},
                                                               {"1P", uint64_t{1} << 50},
                                                               {"1e", uint64_t{1} << 60},
                                                               {"infinity", kUnlimited},
                                                               {"unlimited", kUnlimited},
                                                               {"max", kUnlimited},
                                                               {"-1", kUnlimited},
                                                               {"MAX", kUnlimited},
                                                               {" 64k ", 65536},
                                                               {"15E", uint64_t{15} << 60},
                                                               {"18446744073709551614", kUnlimited - 1}}) {
    EXPECT_EQ(parse_bytes(text, "--memory"), value) << text;
  }
}

TEST(Quantity, BytesRefused) {
  for (const char* text : {"",
                           " ",
                           "M",
                           "-2",
                           "+1",
                           "-1M",
                           "1..5g",
                           "1.g",
                           ".5g",
                           "0x10",
                           "1e3",
                           "1MM",
                           "1 M B",
                           "1Mi",
                           "128Mx",
                           "16E",
                           "99999999999999999999",
                           "18446744073709551615",
                           "18014398509481984k",
                           "nan",
                           "inf",
                           "1.0000000001g",
                           "1,5g",
                           "20%",
                           "1M;2M",
                           "1\n2"}) {
    EXPECT_THROW(parse_bytes(text, "--memory"), Error) << text;
  }
}

TEST(Quantity, MessageNamesFlagAndTextSafely) {
  try {
    parse_bytes("12\x1b[2J", "--memory");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("--memory: '12\\x1b[2J'"), 0U) << error.what();
  }
}

TEST(Quantity, Rates) {
  for (const auto& [text, value] : std::initializer_list<Good>{{"10M", 10'000'000},
                                                               {"10MB", 10'000'000},
                                                               {"10MB/s", 10'000'000},
                                                               {"10mib/S", 10 * kMebi},
                                                               {"1.5k", 1500},
                                                               {"42", 42},
                                                               {"max", kUnlimited}}) {
    EXPECT_EQ(parse_rate(text, "--io-read-bps"), value) << text;
  }
  for (const char* text : {"", "/s", "10M/h", "10M/s/s", "M/s", "-5"}) {
    EXPECT_THROW(parse_rate(text, "--io-read-bps"), Error) << text;
  }
}

TEST(Quantity, Percentages) {
  for (const auto& [text, value] : std::initializer_list<Good>{{"20%", 200'000},
                                                               {"12.5%", 125'000},
                                                               {"0.0001%", 1},
                                                               {"250%", 2'500'000},
                                                               {"0%", 0},
                                                               {" 7% ", 70'000}}) {
    EXPECT_EQ(parse_percent_ppm(text, "--cpu"), value) << text;
  }
  for (const char* text :
       {"", "%", "20", "-5%", "20%%", "20 %x", "0.00001%", "1e2%", "99999999999999999999%"}) {
    EXPECT_THROW(parse_percent_ppm(text, "--cpu"), Error) << text;
  }
}

TEST(Quantity, Durations) {
  for (const auto& [text, value] : std::initializer_list<Good>{{"10", 10'000'000},
                                                               {"10s", 10'000'000},
                                                               {"1.5s", 1'500'000},
                                                               {"1h30m", 5'400'000'000},
                                                               {"1min 30s", 90'000'000},
                                                               {"1 min 30 s", 90'000'000},
                                                               {"1min 30", 90'000'000},
                                                               {"100ms", 100'000},
                                                               {"7us", 7},
                                                               {"7µs", 7},
                                                               {"2d", 172'800'000'000},
                                                               {"1M", 2'629'800'000'000},
                                                               {"1m", 60'000'000},
                                                               {"0", 0},
                                                               {"infinity", kUnlimited}}) {
    EXPECT_EQ(parse_duration_usec(text, "--timeout"), value) << text;
  }
  for (const char* text :
       {"", "s", "10 5", "5 10s", "-1s", "1x", "1s,2s", "1.s", "99999999999999y", "1h-30m", "+1s"}) {
    EXPECT_THROW(parse_duration_usec(text, "--timeout"), Error) << text;
  }
}

TEST(Quantity, CpuLists) {
  const std::pair<const char*, const char*> good[] = {
      {"0-3,5", "0-3,5"}, {"5,0-3", "0-3,5"}, {"0,1,2,3", "0-3"}, {"3", "3"},  {"0 2", "0,2"},
      {"1-1", "1"},       {"8191", "8191"},   {"0-1, 2", "0-2"},  {"1,1", "1"}};
  for (const auto& [text, canonical] : good)
    EXPECT_EQ(parse_cpu_list(text, "--cpuset-cpus"), canonical) << text;
  for (const char* text : {"", " ", ",", "0,", ",0", "0,,1", "3-1", "8192", "0-8192", "-1", "1-", "a",
                           "0-3:2", "0x1", "0-1-2", "4294967296", "99999999999999999999"}) {
    EXPECT_THROW(parse_cpu_list(text, "--cpuset-cpus"), Error) << text;
  }
}

}  // namespace
}  // namespace sdcont
