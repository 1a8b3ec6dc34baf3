#include "util/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;

uint64_t now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * kNanoseconds + static_cast<uint64_t>(time.tv_nsec);
}

/// "1h30m", "1.5s", "300ms" as Go writes durations, without a sign.
std::optional<double> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {
      {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || text[0] == '-') return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const size_t size = std::min(text.find_first_of("0123456789."), text.size());
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const auto& known) { return known.first == text.substr(0, size); });
    if (unit == kUnits.end()) return std::nullopt;
    sum += number * unit->second;
    text.remove_prefix(size);
  }
  return sum;
}

/// "1136073845", "1136073845.000000001".
std::optional<uint64_t> parse_epoch(std::string_view text) {
  const size_t dot = std::min(text.find('.'), text.size());
  const auto seconds = parse_unsigned(text.substr(0, dot));
  if (!seconds || *seconds > UINT64_MAX / kNanoseconds - 1) return std::nullopt;
  uint64_t nanoseconds = 0, unit = kNanoseconds;
  for (size_t at = dot + 1; at < text.size(); ++at) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    nanoseconds += static_cast<uint64_t>(text[at] - '0') * (unit /= 10);
  }
  return *seconds * kNanoseconds + nanoseconds;
}

/// A date, perhaps with a time, of the local zone.
std::optional<uint64_t> parse_local(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    tm local{};
    const char* rest = strptime(text.c_str(), format, &local);
    if (rest == nullptr || *rest != '\0') continue;
    local.tm_isdst = -1;
    const time_t seconds = mktime(&local);
    if (seconds >= 0) return static_cast<uint64_t>(seconds) * kNanoseconds;
  }
  return std::nullopt;
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

std::optional<uint64_t> parse_moment(const std::string& text, uint64_t now_ns) {
  if (const auto moment = parse_epoch(text)) return moment;
  if (const auto moment = parse_time(text)) return moment;
  if (const auto moment = parse_local(text)) return moment;
  const bool ahead = text.starts_with('-');
  const auto ago = parse_duration(std::string_view(text).substr(ahead ? 1 : 0));
  if (!ago || *ago > 9e18) return std::nullopt;
  const auto distance = static_cast<uint64_t>(*ago);
  if (!ahead && distance > now_ns) return std::nullopt;
  return ahead ? now_ns + distance : now_ns - distance;
}

std::string format_local_time(uint64_t realtime_ns) {
  const auto seconds = static_cast<time_t>(realtime_ns / kNanoseconds);
  tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> date{};
  strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &local);
  std::array<char, 64> text{};
  const long minutes = local.tm_gmtoff / 60;
  const auto nanoseconds = static_cast<unsigned long>(realtime_ns % kNanoseconds);
  if (minutes == 0) {
    snprintf(text.data(), text.size(), "%s.%09luZ", date.data(), nanoseconds);
  } else {
    snprintf(text.data(), text.size(), "%s.%09lu%c%02ld:%02ld", date.data(), nanoseconds,
             minutes < 0 ? '-' : '+', std::labs(minutes) / 60, std::labs(minutes) % 60);
  }
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
