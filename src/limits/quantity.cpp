#include "limits/quantity.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>

#include "spec/resources.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kMaxCpu = 8192;
constexpr size_t kMaxDecimals = 9;

[[noreturn]] void reject(std::string_view what, std::string_view text, std::string_view why) {
  throw Error(std::string(what) + ": '" + printable(text) + "' " + std::string(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool means_unlimited(std::string_view text) {
  const std::string word = lower(text);
  return word == "infinity" || word == "unlimited" || word == "max" || word == "-1";
}

/// A decimal number without sign or exponent, kept exact until it is multiplied.
struct Decimal {
  uint64_t whole = 0;
  uint64_t fraction = 0;  ///< of `scale`
  uint64_t scale = 1;

  /// The number times a unit, rounded down; nothing where it does not fit below kUnlimited.
  [[nodiscard]] std::optional<uint64_t> times(uint64_t unit) const {
    uint64_t product = 0;
    if (__builtin_mul_overflow(whole, unit, &product)) return std::nullopt;
    const auto rest = static_cast<uint64_t>(static_cast<long double>(fraction) *
                                            static_cast<long double>(unit) / static_cast<long double>(scale));
    if (__builtin_add_overflow(product, rest, &product) || product == kUnlimited) return std::nullopt;
    return product;
  }
};

/// Takes a decimal number off the front of `text`.
Decimal take_decimal(std::string_view& text, std::string_view what, std::string_view all) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto whole = parse_unsigned(text.substr(0, digits));
  if (!whole) reject(what, all, digits == 0 ? "does not begin with a number" : "is too large");
  text.remove_prefix(digits);
  Decimal number{.whole = *whole};
  if (text.empty() || text.front() != '.') return number;
  text.remove_prefix(1);
  const size_t decimals = std::min(text.find_first_not_of("0123456789"), text.size());
  if (decimals == 0) reject(what, all, "has no digit after the point");
  if (decimals > kMaxDecimals) reject(what, all, "is too precise");
  number.fraction = *parse_unsigned(text.substr(0, decimals));
  for (size_t i = 0; i < decimals; ++i) number.scale *= 10;
  text.remove_prefix(decimals);
  return number;
}

/// What "k", "MB", "GiB" … multiply by; `decimal` is the base of "k" and "kB", "KiB" is always 1024.
std::optional<uint64_t> byte_unit(std::string_view unit, uint64_t decimal) {
  const std::string word = lower(unit);
  if (word.empty() || word == "b") return 1;
  const size_t power = std::string_view("kmgtpe").find(word.front());
  const std::string tail = word.substr(1);
  if (power == std::string_view::npos || (!tail.empty() && tail != "b" && tail != "ib")) return std::nullopt;
  const uint64_t base = tail == "ib" ? 1024 : decimal;
  uint64_t factor = 1;
  for (size_t i = 0; i <= power; ++i) factor *= base;
  return factor;
}

uint64_t parse_with_unit(std::string_view text, std::string_view what, uint64_t base, std::string_view all) {
  if (means_unlimited(text)) return kUnlimited;
  const Decimal number = take_decimal(text, what, all);
  const auto unit = byte_unit(trim(text), base);
  if (!unit) reject(what, all, "has an unknown unit; there are K, M, G, T, P and E, also as KB or KiB");
  const auto bytes = number.times(*unit);
  if (!bytes) reject(what, all, "is too large");
  return *bytes;
}

struct TimeUnit {
  std::string_view name;
  uint64_t usec;
};

constexpr uint64_t kSecond = 1'000'000;
// Months and years as systemd.time(7) counts them. Case matters: "m" is a minute, "M" a month.
constexpr std::array kTimeUnits = std::to_array<TimeUnit>({
    {"us", 1},
    {"usec", 1},
    {"µs", 1},
    {"ms", 1000},
    {"msec", 1000},
    {"", kSecond},
    {"s", kSecond},
    {"sec", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"m", 60 * kSecond},
    {"min", 60 * kSecond},
    {"minute", 60 * kSecond},
    {"minutes", 60 * kSecond},
    {"h", 3600 * kSecond},
    {"hr", 3600 * kSecond},
    {"hour", 3600 * kSecond},
    {"hours", 3600 * kSecond},
    {"d", 86400 * kSecond},
    {"day", 86400 * kSecond},
    {"days", 86400 * kSecond},
    {"w", 604800 * kSecond},
    {"week", 604800 * kSecond},
    {"weeks", 604800 * kSecond},
    {"M", 2629800 * kSecond},
    {"month", 2629800 * kSecond},
    {"months", 2629800 * kSecond},
    {"y", 31557600 * kSecond},
    {"year", 31557600 * kSecond},
    {"years", 31557600 * kSecond},
});

/// "N" or "N-M", marked in the set.
void mark_range(std::bitset<kMaxCpu>& set, std::string_view range, std::string_view what,
                std::string_view all) {
  const size_t dash = range.find('-');
  const auto first = parse_unsigned(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_unsigned(range.substr(dash + 1));
  if (!first || !last) reject(what, all, "is not a list like 0-3,5");
  if (*last < *first) reject(what, all, "has a range that runs backwards");
  if (*last >= kMaxCpu) reject(what, all, "has a number above " + std::to_string(kMaxCpu - 1));
  for (uint64_t i = *first; i <= *last; ++i) set.set(i);
}

}  // namespace

uint64_t parse_bytes(std::string_view text, std::string_view what) {
  return parse_with_unit(trim(text), what, 1024, text);
}

uint64_t parse_rate(std::string_view text, std::string_view what) {
  std::string_view rest = trim(text);
  if (rest.size() > 2 && lower(rest.substr(rest.size() - 2)) == "/s") rest.remove_suffix(2);
  return parse_with_unit(trim(rest), what, 1000, text);
}

uint64_t parse_percent_ppm(std::string_view text, std::string_view what) {
  std::string_view rest = trim(text);
  if (rest.empty() || rest.back() != '%') reject(what, text, "is not a percentage like 20%");
  rest.remove_suffix(1);
  const Decimal number = take_decimal(rest, what, text);
  if (!rest.empty()) reject(what, text, "is not a percentage like 20%");
  if (number.scale > 10'000) reject(what, text, "is too precise: four decimals are the most");
  const auto ppm = number.times(10'000);
  if (!ppm) reject(what, text, "is too large");
  return *ppm;
}

uint64_t parse_duration_usec(std::string_view text, std::string_view what) {
  std::string_view rest = trim(text);
  if (rest.empty()) reject(what, text, "is not a duration like 10s or 1min 30s");
  if (lower(rest) == "infinity") return kUnlimited;
  uint64_t total = 0;
  while (!rest.empty()) {
    const Decimal number = take_decimal(rest, what, text);
    rest = trim(rest);
    const auto* const end =
        std::find_if(rest.begin(), rest.end(), [](char c) { return is_digit(c) || c == ' '; });
    const std::string_view name = rest.substr(0, static_cast<size_t>(end - rest.begin()));
    const auto* const unit =
        std::find_if(kTimeUnits.begin(), kTimeUnits.end(),
                     [name](const TimeUnit& candidate) { return candidate.name == name; });
    if (unit == kTimeUnits.end())
      reject(what, text, "has an unknown unit; there are us, ms, s, min, h, d and w");
    const auto part = number.times(unit->usec);
    if (!part || __builtin_add_overflow(total, *part, &total) || total == kUnlimited) {
      reject(what, text, "is too long");
    }
    rest = trim(rest.substr(name.size()));
    if (name.empty() && !rest.empty()) reject(what, text, "has a number without a unit before its end");
  }
  return total;
}

std::string parse_cpu_list(std::string_view text, std::string_view what) {
  std::bitset<kMaxCpu> set;
  std::string separated(text);
  std::replace(separated.begin(), separated.end(), ',', ' ');
  for (const std::string& range : words(separated)) mark_range(set, range, what, text);
  // "0,,1" and ",0" are slips of somebody's script, not lists.
  const std::vector<std::string> parts = split(text, ',');
  if (std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return trim(part).empty(); })) {
    reject(what, text, "is not a list like 0-3,5");
  }

  std::vector<std::string> ranges;
  for (size_t first = 0; first < kMaxCpu; ++first) {
    if (!set.test(first)) continue;
    size_t last = first;
    while (last + 1 < kMaxCpu && set.test(last + 1)) ++last;
    ranges.push_back(first == last ? std::to_string(first)
                                   : std::to_string(first) + "-" + std::to_string(last));
    first = last;
  }
  return join(ranges, ",");
}

}  // namespace sdcont
