#include "util/time.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "util/text.h"

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

std::optional<uint64_t> parse_time(const std::string& text) {
  tm utc{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return std::nullopt;
  uint64_t nanoseconds = 0;
  if (*rest == '.') {
    uint64_t unit = kNanoseconds;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest)
      nanoseconds += static_cast<uint64_t>(*rest - '0') * (unit /= 10);
  }
  int64_t offset = 0;
  if (*rest == '+' || *rest == '-') {
    const std::string_view zone = rest + 1;  // "02:00"
    const auto hours = parse_signed(zone.substr(0, 2));
    const auto minutes = zone.size() == 5 && zone[2] == ':' ? parse_signed(zone.substr(3)) : std::nullopt;
    if (!hours || !minutes) return std::nullopt;
    offset = (*hours * 60 + *minutes) * (*rest == '+' ? 60 : -60);
  } else if (*rest != 'Z' || rest[1] != '\0') {
    return std::nullopt;
  }
  const int64_t seconds = timegm(&utc) - offset;
  if (seconds < 0) return std::nullopt;
  return static_cast<uint64_t>(seconds) * kNanoseconds + nanoseconds;
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
