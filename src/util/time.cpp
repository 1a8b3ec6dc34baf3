#include "util/time.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sdcont {
namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;

uint64_t now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * kNanoseconds + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

uint64_t now_realtime_ns() { return now(CLOCK_REALTIME); }
uint64_t now_boottime_ns() { return now(CLOCK_BOOTTIME); }

std::string format_time(uint64_t realtime_ns) {
  const auto seconds = static_cast<time_t>(realtime_ns / kNanoseconds);
  tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> date{};
  strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 48> text{};
  snprintf(text.data(), text.size(), "%s.%09luZ", date.data(),
           static_cast<unsigned long>(realtime_ns % kNanoseconds));
  return text.data();
}

std::string format_age(uint64_t seconds) {
  const auto count = [](uint64_t number, const char* unit) { return std::to_string(number) + " " + unit; };
  constexpr uint64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < kMinute) return count(seconds, "seconds");
  if (seconds < 2 * kMinute) return "About a minute";
  if (seconds < kHour) return count(seconds / kMinute, "minutes");
  if (seconds < 2 * kHour) return "About an hour";
  if (seconds < 2 * kDay) return count(seconds / kHour, "hours");
  if (seconds < 14 * kDay) return count(seconds / kDay, "days");
  if (seconds < 60 * kDay) return count(seconds / (7 * kDay), "weeks");
  if (seconds < 730 * kDay) return count(seconds / (30 * kDay), "months");
  return count(seconds / (365 * kDay), "years");
}

}  // namespace sdcont
