#include "limits/convert.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

constexpr const char* kNoKiller = "memory/disableOOMKiller";
constexpr const char* kProtects = "it protects only as far as every slice above has such a protection too";

Translation limit_v2(const Resources& r, const Target&) {
  return write("memory.max", or_max(number(r, "memory/limit")));
}
Translation limit_v1(const Resources& r, const Target&) {
  return write("memory.limit_in_bytes", or_minus_one(number(r, "memory/limit")));
}
Translation limit_systemd(const Resources& r, const Target& t) {
  // v1: a process waits for memory only where the group that is full has its killer off, which on the scope
  // is systemd's to switch. What the kernel charges to the scope for making the payload must not fill it
  // first.
  constexpr uint64_t kHeadRoom = uint64_t{64} << 20;
  const bool waits = !t.unified && asked(r, kNoKiller) && flag_of(r, kNoKiller);
  const uint64_t outer = add_limits(number(r, "memory/limit"), waits ? kHeadRoom : 0);
  return scope_and_payload(r, t, 231, property("MemoryMax", outer), limit_v2, limit_v1);
}

Translation reservation_v2(const Resources& r, const Target&) {
  Translation result = write("memory.low", or_max(number(r, "memory/reservation")));
  result.warnings.emplace_back(kProtects);
  return result;
}
Translation reservation_v1(const Resources& r, const Target&) {
  return write("memory.soft_limit_in_bytes", or_minus_one(number(r, "memory/reservation")));
}
Translation reservation_systemd(const Resources& r, const Target& t) {
  // On v1 systemd has no soft limit: it takes MemoryLow and does nothing.
  if (!t.unified) return reservation_v1(r, t);
  return scope_and_payload(r, t, 231, property("MemoryLow", number(r, "memory/reservation")), reservation_v2,
                           reservation_v1);
}

Translation min_v2(const Resources& r, const Target&) {
  Translation result = write("memory.min", or_max(number(r, "unified/memory.min")));
  result.warnings.emplace_back(kProtects);
  return result;
}
Translation min_v1(const Resources&, const Target&) {
  return refuse("cgroup v1 has no memory.min", "use --memory-reservation, which is a soft limit there");
}
Translation min_systemd(const Resources& r, const Target& t) {
  return scope_and_payload(r, t, 240, property("MemoryMin", number(r, "unified/memory.min")), min_v2, min_v1);
}

Translation high_v2(const Resources& r, const Target&) {
  return write("memory.high", or_max(number(r, "unified/memory.high")));
}
Translation high_v1(const Resources&, const Target&) {
  return refuse("cgroup v1 has no memory.high", "use --memory, or --memory-reservation for a soft limit");
}
Translation high_systemd(const Resources& r, const Target& t) {
  return scope_and_payload(r, t, 231, property("MemoryHigh", number(r, "unified/memory.high")), high_v2,
                           high_v1);
}

Translation swappiness_v2(const Resources&, const Target&) {
  return refuse("cgroup v2 has no swappiness of its own",
                "limit swap with --memory-swap or --swap-max instead");
}
Translation swappiness_v1(const Resources& r, const Target&) {
  return write("memory.swappiness", std::to_string(number(r, "memory/swappiness")));
}
Translation swappiness_systemd(const Resources& r, const Target& t) {
  return payload(r, t, swappiness_v2, swappiness_v1);
}

}  // namespace

std::vector<Limit> memory_limits() {
  std::vector<Limit> rows;
  rows.push_back(
      {.key = "memory/limit",
       .title = "memory, hard limit",
       .flags = {{"-m,--memory", "BYTES|PERCENT", "most memory (128M, 1.5g, 20% of what there is)", false,
                  [](Words text, const HostFacts& host, Resources& r) {
                    put(r, "memory/limit", parse_memory(text, host, "--memory"), "--memory");
                  }},
                 {"--memory-max-percent", "PERCENT", "the same, 20 or 20% of what there is", false,
                  [](Words text, const HostFacts& host, Resources& r) {
                    constexpr const char* kFlag = "--memory-max-percent";
                    const std::string percent =
                        std::string(trim(text)) + (trim(text).ends_with('%') ? "" : "%");
                    put(r, "memory/limit", parse_memory(percent, host, kFlag), kFlag);
                  }}},
       .property = "MemoryMax (231)",
       .v2_file = "memory.max",
       .v1_file = "memory.limit_in_bytes",
       .to_systemd = limit_systemd,
       .to_v2 = limit_v2,
       .to_v1 = limit_v1});
  rows.push_back({.key = "memory/reservation",
                  .title = "memory, soft protection",
                  .flags = {{"--memory-reservation,--memory-low", "BYTES|PERCENT",
                             "memory that is taken away only when nothing else is left", false,
                             [](Words text, const HostFacts& host, Resources& r) {
                               constexpr const char* kFlag = "--memory-reservation";
                               put(r, "memory/reservation", parse_memory(text, host, kFlag), kFlag);
                             }}},
                  .property = "MemoryLow (231), v2 only",
                  .v2_file = "memory.low",
                  .v1_file = "memory.soft_limit_in_bytes",
                  .to_systemd = reservation_systemd,
                  .to_v2 = reservation_v2,
                  .to_v1 = reservation_v1});
  rows.push_back({.key = "memory/swappiness",
                  .title = "tendency to swap",
                  .flags = {{"--memory-swappiness", "0-100",
                             "how gladly memory is swapped out (-1: inherited; v1 only)", false,
                             [](Words text, const HostFacts&, Resources& r) {
                               if (trim(text) == "-1")
                                 return;  // docker's "inherit", which is what no write means
                               constexpr const char* kFlag = "--memory-swappiness";
                               put(r, "memory/swappiness", parse_count(text, kFlag), kFlag);
                             }}},
                  .property = "",
                  .v2_file = "",
                  .v1_file = "memory.swappiness",
                  .to_systemd = swappiness_systemd,
                  .to_v2 = swappiness_v2,
                  .to_v1 = swappiness_v1});
  return rows;
}

std::vector<Limit> memory_bounds() {
  std::vector<Limit> rows;
  rows.push_back({.key = "unified/memory.min",
                  .title = "memory, hard protection",
                  .flags = {{"--memory-min", "BYTES|PERCENT", "memory that is never taken away", false,
                             [](Words text, const HostFacts& host, Resources& r) {
                               put(r, "unified/memory.min", parse_memory(text, host, "--memory-min"),
                                   "--memory-min");
                             }}},
                  .property = "MemoryMin (240)",
                  .v2_file = "memory.min",
                  .v1_file = "",
                  .to_systemd = min_systemd,
                  .to_v2 = min_v2,
                  .to_v1 = min_v1});
  rows.push_back(
      {.key = "unified/memory.high",
       .title = "memory, soft limit",
       .flags = {{"--memory-high", "BYTES|PERCENT", "memory above which the container is slowed down", false,
                  [](Words text, const HostFacts& host, Resources& r) {
                    constexpr const char* kFlag = "--memory-high";
                    put(r, "unified/memory.high", parse_memory(text, host, kFlag), kFlag);
                  }}},
       .property = "MemoryHigh (231)",
       .v2_file = "memory.high",
       .v1_file = "",
       .to_systemd = high_systemd,
       .to_v2 = high_v2,
       .to_v1 = high_v1});
  return rows;
}

}  // namespace sdcont
