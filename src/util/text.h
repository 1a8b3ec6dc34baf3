#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sdcont {

/// The parts between separators, empty ones included: split("a,,b", ',') is {"a", "", "b"}; split("", ',') is
/// {""}.
std::vector<std::string> split(std::string_view text, char separator);
/// The words between white space, without empty ones.
std::vector<std::string> words(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);

/// Decimal digits only: no sign, space, prefix or overflow; nothing else is accepted.
std::optional<uint64_t> parse_unsigned(std::string_view text);
/// The same with an optional leading '-'.
std::optional<int64_t> parse_signed(std::string_view text);

/// Bytes for people: "100.0M", "1.5G", "512B"; base 1024.
std::string format_bytes(uint64_t bytes);
/// The same as docker shows sizes on disk: "72.8MB"; base 1000, three digits.
std::string format_size(uint64_t bytes);
/// Seconds for people: "0.012s", "1.5s", "2m03s", "1h02m".
std::string format_seconds(double seconds);
/// Text that is safe on a terminal and in a message: control characters, and what is no UTF-8, as \xNN.
std::string printable(std::string_view text);
/// Of `candidates` the one nearest to `word` by edit distance, where it is near enough to be meant; else
/// empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace sdcont
