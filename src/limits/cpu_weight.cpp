#include "limits/convert.h"
#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

Translation shares_v2(const Resources& r, const Target&) {
  return write("cpu.weight", std::to_string(shares_to_weight(number(r, "cpu/shares"))));
}
Translation shares_v1(const Resources& r, const Target&) {
  return write("cpu.shares", std::to_string(number(r, "cpu/shares")));
}
Translation shares_systemd(const Resources& r, const Target& t) {
  // On v2 systemd would turn CPUShares into a weight by a formula of its own, and since 258 it has none.
  const uint64_t shares = number(r, "cpu/shares");
  if (t.unified) {
    return scope_and_payload(r, t, 232, property("CPUWeight", shares_to_weight(shares)), shares_v2,
                             shares_v1);
  }
  return scope_and_payload(r, t, 205, property("CPUShares", shares), shares_v2, shares_v1);
}

Translation cpu_weight_v2(const Resources& r, const Target&) {
  return write("cpu.weight", std::to_string(number(r, "unified/cpu.weight")));
}
Translation cpu_weight_v1(const Resources& r, const Target&) {
  return write("cpu.shares", std::to_string(weight_to_shares(number(r, "unified/cpu.weight"))));
}
Translation cpu_weight_systemd(const Resources& r, const Target& t) {
  return scope_and_payload(r, t, 232, property("CPUWeight", number(r, "unified/cpu.weight")), cpu_weight_v2,
                           cpu_weight_v1);
}

Translation idle_v2(const Resources& r, const Target&) {
  return write("cpu.idle", std::to_string(number(r, "cpu/idle")));
}
Translation idle_v1(const Resources& r, const Target& t) { return idle_v2(r, t); }
Translation idle_systemd(const Resources& r, const Target& t) {
  if (number(r, "cpu/idle") == 0) return payload(r, t, idle_v2, idle_v1);
  // Idleness is among siblings, and the payload's are ours: what counts is the scope's.
  if (t.systemd_version < 252) {
    return refuse("systemd " + std::to_string(t.systemd_version) + " cannot make a scope idle, 252 can",
                  "use --cpu-weight 1");
  }
  // Seen with 252: on v1 CPUWeight=idle is the fewest shares, and the scope's own cpu.idle stays 0.
  if (!t.unified) {
    return refuse("systemd makes no scope idle on cgroup v1",
                  "use --cpu-shares 2, the smallest share, or --cgroup-manager cgroupfs");
  }
  return property("CPUWeight", uint64_t{0}) + idle_v2(r, t);
}

void put_idle(Resources& r, const std::string& flag) { put(r, "cpu/idle", int64_t{1}, flag); }

}  // namespace

std::vector<Limit> cpu_weight_limits() {
  std::vector<Limit> rows;
  rows.push_back(
      {.key = "cpu/shares",
       .title = "share of CPU time, docker's scale",
       .flags = {{"-c,--cpu-shares", "2-262144", "share of CPU time against others (1024 is usual)", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    const uint64_t shares = parse_count(text, "--cpu-shares");
                    if (shares == 0) return;  // docker: the same as not given
                    put(r, "cpu/shares", shares, "--cpu-shares");
                  }}},
       .property = "CPUWeight (232), on v1 CPUShares (205)",
       .v2_file = "cpu.weight",
       .v1_file = "cpu.shares",
       .to_systemd = shares_systemd,
       .to_v2 = shares_v2,
       .to_v1 = shares_v1});
  rows.push_back(
      {.key = "unified/cpu.weight",
       .title = "share of CPU time, systemd's scale",
       .flags = {{"--cpu-weight", "1-10000|idle", "share of CPU time against others (100 is usual)", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    if (trim(text) == "idle") return put_idle(r, "--cpu-weight");
                    put(r, "unified/cpu.weight", parse_count(text, "--cpu-weight"), "--cpu-weight");
                  }}},
       .property = "CPUWeight (232)",
       .v2_file = "cpu.weight",
       .v1_file = "cpu.shares",
       .to_systemd = cpu_weight_systemd,
       .to_v2 = cpu_weight_v2,
       .to_v1 = cpu_weight_v1});
  rows.push_back({.key = "cpu/idle",
                  .title = "only idle CPU time",
                  .flags = {{"--cpu-idle", "", "run only when nothing else wants the CPU", false,
                             [](Words text, const HostFacts&, Resources& r) {
                               if (parse_switch(text, "--cpu-idle")) put_idle(r, "--cpu-idle");
                             }}},
                  .property = "CPUWeight=0 (252)",
                  .v2_file = "cpu.idle",
                  .v1_file = "",
                  .to_systemd = idle_systemd,
                  .to_v2 = idle_v2,
                  .to_v1 = idle_v1});
  return rows;
}

}  // namespace sdcont
