#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sdcont {

/// Nanoseconds since the epoch.
uint64_t now_realtime_ns();
/// Nanoseconds of CLOCK_BOOTTIME: for durations.
uint64_t now_boottime_ns();
/// RFC 3339 with nanoseconds, in UTC: "2026-01-02T03:04:05.000000006Z", as docker's records have it.
std::string format_time(uint64_t realtime_ns);
/// The opposite, for any RFC 3339 time from 1970 on: with another offset, with fewer digits. Nothing for what
/// is none.
std::optional<uint64_t> parse_time(const std::string& text);
/// How long ago, in docker's words: "2 minutes", "About an hour", "3 weeks".
std::string format_age(uint64_t seconds);

}  // namespace sdcont
