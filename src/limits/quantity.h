#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sdcont {

// Quantities as users of docker and of systemd write them. Each function throws Error, naming `what` (the
// flag) and the text, for anything that is not wholly understood: no trailing words, no overflow, no sign, no
// NaN.

/// Bytes, base 1024: "128M" "128m" "128MiB" "128mb" "1.5g" "134217728"; "infinity", "unlimited", "max", "-1"
/// are kUnlimited.
uint64_t parse_bytes(std::string_view text, std::string_view what);
/// Bytes a second, base 1000, as systemd's IO properties: "10M" is 10,000,000; "10MB/s" likewise; "10MiB" is
/// base 1024.
uint64_t parse_rate(std::string_view text, std::string_view what);
/// A percentage in parts of a million: "20%" is 200,000; "12.5%" is 125,000.
uint64_t parse_percent_ppm(std::string_view text, std::string_view what);
/// Microseconds: "10" and "10s" are seconds, "1h30m", "1min 30s", "100ms", "infinity" (kUnlimited).
uint64_t parse_duration_usec(std::string_view text, std::string_view what);
/// A CPU or node list "0-3,5" in its canonical form; refuses reversed ranges and numbers above 8191.
std::string parse_cpu_list(std::string_view text, std::string_view what);

}  // namespace sdcont
