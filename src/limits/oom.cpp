#include "limits/convert.h"
#include "limits/property.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

constexpr const char* kGroup = "unified/memory.oom.group";
constexpr const char* kPolicy = "systemd/OOMPolicy";
constexpr const char* kSwap = "systemd/ManagedOOMSwap";
constexpr const char* kPressure = "systemd/ManagedOOMMemoryPressure";
constexpr const char* kPressureLimit = "systemd/ManagedOOMMemoryPressureLimit";

Translation disable_v2(const Resources& r, const Target&) {
  if (!flag_of(r, "memory/disableOOMKiller")) return {};
  return refuse("cgroup v2 cannot switch the out-of-memory killer off",
                "use --memory-high, which slows down first");
}
Translation disable_v1(const Resources& r, const Target&) {
  return write("memory.oom_control", flag_of(r, "memory/disableOOMKiller") ? "1" : "0");
}
Translation disable_systemd(const Resources& r, const Target& t) {
  return payload(r, t, disable_v2, disable_v1);
}

Translation group_v2(const Resources& r, const Target&) {
  return write("memory.oom.group", std::to_string(number(r, kGroup)));
}
Translation group_v1(const Resources& r, const Target&) {
  if (number(r, kGroup) == 0) return {};
  return refuse("cgroup v1 cannot kill all of a group when memory runs out");
}
// Never on the scope, where it would kill the supervisor too before it has told why.
Translation group_systemd(const Resources& r, const Target& t) { return payload(r, t, group_v2, group_v1); }

Translation policy_v2(const Resources& r, const Target& t) {
  if (text_of(r, kPolicy) == "stop") return needs_systemd(r, t);
  return write("memory.oom.group", text_of(r, kPolicy) == "kill" ? "1" : "0");
}
Translation policy_v1(const Resources& r, const Target&) {
  if (text_of(r, kPolicy) == "continue") return {};  // what v1 does anyway
  return refuse("on cgroup v1 nobody tells when memory has run out, so that all could be ended",
                "only --oom-policy continue can be had there");
}
Translation policy_systemd(const Resources& r, const Target& t) {
  if (!t.unified) return policy_v1(r, t);
  const std::string& policy = text_of(r, kPolicy);
  const std::string version = "systemd " + std::to_string(t.systemd_version);
  // OOMPolicy=kill is memory.oom.group, which is set on the payload so that the supervisor lives to tell.
  if (policy == "kill") return policy_v2(r, t);
  // Scopes have it since 253 and 252.5; older ones kill a process and go on.
  if (t.systemd_version >= 252) return property("OOMPolicy", policy) + write("memory.oom.group", "0");
  if (policy == "continue") return policy_v2(r, t);
  return refuse(version + " has no OOMPolicy for scopes, 253 has", "use --oom-policy kill");
}

Translation oomd_swap(const Resources& r, const Target& t) {
  return systemd_property(r, t, "ManagedOOMSwap");
}
Translation oomd_pressure(const Resources& r, const Target& t) {
  Translation result;
  if (asked(r, kPressure)) result = systemd_property(r, t, "ManagedOOMMemoryPressure");
  if (!asked(r, kPressureLimit) || !result.refusals.empty()) return result;
  return std::move(result) + systemd_property(r, t, "ManagedOOMMemoryPressureLimit");
}

void parse_pressure(Words text, const HostFacts& host, Resources& r) {
  constexpr const char* kFlag = "--oomd-pressure";
  const PropertyRow& policy = *find_property("ManagedOOMMemoryPressure");
  if (!trim(text).ends_with('%'))
    return put(r, kPressure, parse_property_value(policy, text, host, kFlag), kFlag);
  const PropertyRow& limit = *find_property("ManagedOOMMemoryPressureLimit");
  put(r, kPressureLimit, parse_property_value(limit, text, host, kFlag), kFlag);
  put(r, kPressure, std::string("kill"), kFlag);
}

Limit disable_row() {
  return {.key = "memory/disableOOMKiller",
          .title = "no out-of-memory killer",
          .flags = {{"--oom-kill-disable", "",
                     "stop processes instead of killing them when memory runs out (v1)", false,
                     [](Words text, const HostFacts&, Resources& r) {
                       constexpr const char* kFlag = "--oom-kill-disable";
                       put(r, "memory/disableOOMKiller", parse_switch(text, kFlag), kFlag);
                     }}},
          .property = "",
          .v2_file = "",
          .v1_file = "memory.oom_control",
          .to_systemd = disable_systemd,
          .to_v2 = disable_v2,
          .to_v1 = disable_v1};
}

Limit group_row() {
  return {
      .key = kGroup,
      .title = "out of memory ends all",
      .flags = {{"--oom-group", "", "when memory runs out, kill all of the container, not one process", false,
                 [](Words text, const HostFacts&, Resources& r) {
                   put(r, kGroup, uint64_t{parse_switch(text, "--oom-group")}, "--oom-group");
                 }}},
      .property = "",
      .v2_file = "memory.oom.group",
      .v1_file = "",
      .to_systemd = group_systemd,
      .to_v2 = group_v2,
      .to_v1 = group_v1};
}

Limit policy_row() {
  return {.key = kPolicy,
          .title = "what follows out of memory",
          .flags = {{"--oom-policy", "continue|stop|kill",
                     "what happens after a process was killed for memory", false,
                     [](Words text, const HostFacts& host, Resources& r) {
                       put(r, kPolicy,
                           parse_property_value(*find_property("OOMPolicy"), text, host, "--oom-policy"),
                           "--oom-policy");
                     }}},
          .property = "OOMPolicy (253, 252.5)",
          .v2_file = "memory.oom.group",
          .v1_file = "",
          .to_systemd = policy_systemd,
          .to_v2 = policy_v2,
          .to_v1 = policy_v1};
}

}  // namespace

std::vector<Limit> oom_limits() {
  std::vector<Limit> rows = {disable_row(), group_row(), policy_row()};
  rows.push_back(
      {.key = kSwap,
       .title = "systemd-oomd, by swap",
       .flags = {{"--oomd-swap", "auto|kill", "whether systemd-oomd may kill it when swap runs out", false,
                  [](Words text, const HostFacts& host, Resources& r) {
                    put(r, kSwap,
                        parse_property_value(*find_property("ManagedOOMSwap"), text, host, "--oomd-swap"),
                        "--oomd-swap");
                  }}},
       .property = "ManagedOOMSwap (247)",
       .v2_file = "",
       .v1_file = "",
       .to_systemd = oomd_swap,
       .to_v2 = needs_systemd,
       .to_v1 = needs_systemd});
  rows.push_back(
      {.key = kPressure,
       .title = "systemd-oomd, by memory pressure",
       .flags = {{"--oomd-pressure", "auto|kill|PERCENT",
                  "whether, and at which pressure, systemd-oomd may kill it", false, parse_pressure}},
       .property = "ManagedOOMMemoryPressure, …Limit (247)",
       .v2_file = "",
       .v1_file = "",
       .to_systemd = oomd_pressure,
       .to_v2 = needs_systemd,
       .to_v1 = needs_systemd,
       .family = {kPressureLimit}});
  return rows;
}

}  // namespace sdcont
