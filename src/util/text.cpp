#include "util/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <numeric>

namespace sdcont {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t\n\r", at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(" \t\n\r", at), text.size());
    result.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return result;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != parts.data()) text += separator;
    text += part;
  }
  return text;
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

namespace {
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Bytes of the character at the front (RFC 3629), 0 where it is a control character or none: overlong, a
// surrogate, beyond U+10FFFF, cut.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  uint32_t character = first & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    character = character << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0xa0, 0x800, 0x10000};  // U+0080 to U+009F are controls
  const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
  const bool is_one = first >= 0xc2 && first <= 0xf4 && character >= kLeast[length] && character <= 0x10ffff;
  return is_one && !is_surrogate ? length : 0;
}

}  // namespace

std::optional<uint64_t> parse_unsigned(std::string_view text) { return parse_number<uint64_t>(text); }
std::optional<int64_t> parse_signed(std::string_view text) { return parse_number<int64_t>(text); }

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + "B";
  constexpr std::string_view kUnits = "KMGTPE";
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  std::array<char, 32> text{};
  snprintf(text.data(), text.size(), "%.1f%c", value, kUnits[unit]);
  return text.data();
}

std::string format_size(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text{};
  snprintf(text.data(), text.size(), "%.3g%s", value, kUnits.at(unit));
  return text.data();
}

std::string format_seconds(double seconds) {
  std::array<char, 48> text{};
  const auto whole = static_cast<long>(seconds);
  if (seconds < 1) {
    snprintf(text.data(), text.size(), "%.3fs", seconds);
  } else if (seconds < 60) {
    snprintf(text.data(), text.size(), "%.2fs", seconds);
  } else if (seconds < 3600) {
    snprintf(text.data(), text.size(), "%ldm%02lds", whole / 60, whole % 60);
  } else {
    snprintf(text.data(), text.size(), "%ldh%02ldm", whole / 3600, whole % 3600 / 60);
  }
  return text.data();
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = character_length(text);
    if (length > 0) {
      result += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    std::array<char, 8> escaped{};
    snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(text.front()));
    result += escaped.data();
    text.remove_prefix(1);
  }
  return result;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = word.size() / 3 + 1;
  for (const std::string& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < candidate.size(); ++j) {
        const bool same = std::tolower(static_cast<unsigned char>(word[i])) ==
                          std::tolower(static_cast<unsigned char>(candidate[j]));
        const size_t changed = diagonal + (same ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace sdcont
