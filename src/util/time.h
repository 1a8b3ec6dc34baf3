#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sdcont {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

/// Nanoseconds since the epoch.
uint64_t now_realtime_ns();
/// Nanoseconds of CLOCK_BOOTTIME: for durations.
uint64_t now_boottime_ns();
/// RFC 3339 with nanoseconds, in UTC: "2026-01-02T03:04:05.000000006Z", as docker's records have it.
std::string format_time(uint64_t realtime_ns);
/// The opposite, for any RFC 3339 time from 1970 on: with another offset, with fewer digits. Nothing for what
/// is none.
std::optional<uint64_t> parse_time(const std::string& text);
/// A point in time as --since and --until take it, in docker's ways: how long ago ("10m", "1h30m", "1.5s", or
/// in the future: "-10m"), seconds since the epoch ("1136073845.5"), RFC 3339, and that without its zone
/// (then local) or down to the day ("2026-01-02", "2026-01-02T15:04"). Nothing for what is none of these, or
/// before 1970.
std::optional<uint64_t> parse_moment(const std::string& text, uint64_t now_ns = now_realtime_ns());
/// RFC 3339 with nanoseconds in the local zone, always of one length there: as docker prints events.
std::string format_local_time(uint64_t realtime_ns);
/// How long ago, in docker's words: "2 minutes", "About an hour", "3 weeks".
std::string format_age(uint64_t seconds);

}  // namespace sdcont
