#include <algorithm>

#include "limits/convert.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

constexpr const char* kSwapFile = "memory.swap.max";
constexpr const char* kMemswFile = "memory.memsw.limit_in_bytes";
constexpr const char* kNoAccounting = "this kernel does no swap accounting";
constexpr const char* kNoAccountingRemedy = "boot it with swapaccount=1, or leave the swap limit away";

/// Swap alone, without memory.
struct Swap {
  uint64_t bytes = kUnlimited;
  bool is_default = false;  ///< nobody asked
};

/// What --memory-swap (memory and swap together), --swap-max (swap alone) or, with neither, docker's default
/// (as much swap as memory) say.
Swap swap_of(const Resources& r) {
  if (const auto alone = number_if(r, "unified/memory.swap.max")) return {*alone};
  const uint64_t memory = number_if(r, "memory/limit").value_or(kUnlimited);
  const auto total = number_if(r, "memory/swap");
  if (!total) return {memory, true};
  if (*total == kUnlimited) return {kUnlimited};
  return {*total - std::min(memory, *total)};
}

/// The answer where the kernel has no file for swap: silence for our own default, and for "unlimited", which
/// holds.
Translation without_accounting(const Swap& swap) {
  if (swap.is_default) return {};
  if (swap.bytes != kUnlimited) return refuse(kNoAccounting, kNoAccountingRemedy);
  return {.warnings = {std::string("swap is not limited, as asked: ") + kNoAccounting}};
}

Translation swap_v2(const Resources& r, const Target& t) {
  const Swap swap = swap_of(r);
  if (swap.is_default && swap.bytes == kUnlimited) return {};
  if (!t.files.contains(kSwapFile)) return without_accounting(swap);
  Translation result = write(kSwapFile, or_max(swap.bytes));
  result.writes.front().advisory = swap.is_default;
  return result;
}

Translation swap_v1(const Resources& r, const Target& t) {
  const Swap swap = swap_of(r);
  const uint64_t memory = number_if(r, "memory/limit").value_or(kUnlimited);
  if (swap.is_default && swap.bytes == kUnlimited) return {};
  if (!t.files.contains(kMemswFile)) return without_accounting(swap);
  // v1 only knows the sum, which must not be below the memory limit: it is written after that.
  if (memory == kUnlimited && swap.bytes != kUnlimited) {
    return refuse("cgroup v1 limits swap only together with memory", "give --memory as well");
  }
  Translation result = write(kMemswFile, or_minus_one(add_limits(memory, swap.bytes)));
  result.writes.front().advisory = swap.is_default;
  return result;
}

Translation swap_systemd(const Resources& r, const Target& t) {
  // systemd leaves v1's memsw alone (systemd#8814). 0 is sent as well: left out, it would become "infinity"
  // with the next daemon-reload (moby#51446). Up to 238 systemd took 0 for infinity, so there only the
  // payload says it.
  Translation raw = payload(r, t, swap_v2, swap_v1);
  const Swap swap = swap_of(r);
  if (!t.unified || raw.writes.empty() || t.systemd_version < (swap.bytes == 0 ? 239 : 235)) return raw;
  return property("MemorySwapMax", swap.bytes) + raw;
}

Translation zswap_v2(const Resources& r, const Target&) {
  return write("memory.zswap.max", or_max(number(r, "unified/memory.zswap.max")));
}
Translation zswap_v1(const Resources&, const Target&) { return refuse("cgroup v1 has no limit for zswap"); }
Translation zswap_systemd(const Resources& r, const Target& t) {
  return scope_and_payload(r, t, 253, property("MemoryZSwapMax", number(r, "unified/memory.zswap.max")),
                           zswap_v2, zswap_v1);
}

Translation writeback_v2(const Resources& r, const Target&) {
  return write("memory.zswap.writeback", std::to_string(number(r, "unified/memory.zswap.writeback")));
}
Translation writeback_v1(const Resources&, const Target&) {
  return refuse("cgroup v1 has no switch for the writeback of zswap");
}
Translation writeback_systemd(const Resources& r, const Target& t) {
  const bool on = number(r, "unified/memory.zswap.writeback") != 0;
  return scope_and_payload(r, t, 256, property("MemoryZSwapWriteback", on), writeback_v2, writeback_v1);
}

LimitFlag total_flag() {
  return {"--memory-swap", "BYTES",
          "most memory and swap together (-1: any amount of swap; default: twice --memory)", false,
          [](Words text, const HostFacts&, Resources& r) {
            const uint64_t total = parse_bytes(text, "--memory-swap");
            if (total == 0) return;  // docker: the same as not given
            put(r, "memory/swap", total, "--memory-swap");
          }};
}

LimitFlag alone_flag() {
  return {"--swap-max",
          "BYTES|PERCENT",
          "most swap, memory not counted (a percentage is one of memory)",
          false,
          [](Words text, const HostFacts& host, Resources& r) {
            put(r, "unified/memory.swap.max", parse_memory(text, host, "--swap-max"), "--swap-max");
          },
          "unified/memory.swap.max"};
}

}  // namespace

std::vector<Limit> swap_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "memory/swap",
                  .title = "swap",
                  .flags = {total_flag(), alone_flag()},
                  .property = "MemorySwapMax (235), v2 only",
                  .v2_file = kSwapFile,
                  .v1_file = kMemswFile,
                  .to_systemd = swap_systemd,
                  .to_v2 = swap_v2,
                  .to_v1 = swap_v1,
                  .family = {"unified/memory.swap.max", "memory/limit"}});
  rows.push_back({.key = "unified/memory.zswap.max",
                  .title = "compressed swap in memory",
                  .flags = {{"--zswap-max", "BYTES|PERCENT", "most zswap", false,
                             [](Words text, const HostFacts& host, Resources& r) {
                               put(r, "unified/memory.zswap.max", parse_memory(text, host, "--zswap-max"),
                                   "--zswap-max");
                             }}},
                  .property = "MemoryZSwapMax (253)",
                  .v2_file = "memory.zswap.max",
                  .v1_file = "",
                  .to_systemd = zswap_systemd,
                  .to_v2 = zswap_v2,
                  .to_v1 = zswap_v1});
  rows.push_back(
      {.key = "unified/memory.zswap.writeback",
       .title = "zswap is written to disk",
       .flags = {{"--zswap-writeback", "yes|no", "whether zswap may be written to the swap disk", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    const uint64_t on = parse_switch(text, "--zswap-writeback") ? 1 : 0;
                    put(r, "unified/memory.zswap.writeback", on, "--zswap-writeback");
                  }}},
       .property = "MemoryZSwapWriteback (256)",
       .v2_file = "memory.zswap.writeback",
       .v1_file = "",
       .to_systemd = writeback_systemd,
       .to_v2 = writeback_v2,
       .to_v1 = writeback_v1});
  return rows;
}

}  // namespace sdcont
