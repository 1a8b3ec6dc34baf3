#include <algorithm>

#include "limits/convert.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Words = const std::string&;

/// Share of CPU time in parts of a million of one CPU, as quota and period.
void put_quota(Resources& r, uint64_t ppm, const HostFacts& host, Words text, const std::string& flag) {
  if (ppm > uint64_t{host.cpus} * 1'000'000) {
    throw Error(flag + ": '" + printable(text) + "' is more than the " + std::to_string(host.cpus) +
                " CPUs that there are");
  }
  const CpuQuota quota = quota_from_ppm(ppm);
  if (quota.quota < kMinCpuTime) {
    throw Error(flag + ": '" + printable(text) +
                "' is too little: the kernel gives no less than 0.1% of a CPU");
  }
  put(r, "cpu/quota", quota.quota, flag);
  put(r, "cpu/period", quota.period, flag);
}

void parse_percent(Words text, const HostFacts& host, Resources& r) {
  put_quota(r, parse_percent_ppm(text, "--cpu"), host, text, "--cpu");
}

void parse_cpus(Words text, const HostFacts& host, Resources& r) {
  // A count of CPUs is a percentage divided by a hundred; six decimals are what quota and period can tell
  // apart.
  const std::string digits(trim(text));
  if (digits.find_first_not_of("0123456789.") != std::string::npos || digits.empty()) {
    throw Error("--cpus: '" + printable(text) + "' is not a number of CPUs like 0.5");
  }
  const auto point = std::min(digits.find('.'), digits.size());
  const std::string whole = digits.substr(0, point);
  std::string fraction = point < digits.size() ? digits.substr(point + 1) : "0";
  if (fraction.size() > 6)
    throw Error("--cpus: '" + printable(text) + "' is too precise: six decimals are the most");
  fraction.resize(6, '0');
  const auto cpus = parse_unsigned(whole.empty() ? "0" : whole);
  const auto millionths = parse_unsigned(fraction);
  if (!cpus || !millionths || *cpus > 8192) {
    throw Error("--cpus: '" + printable(text) + "' is not a number of CPUs like 0.5");
  }
  const uint64_t ppm = *cpus * 1'000'000 + *millionths;
  if (ppm == 0) return;  // docker: the same as not given
  if (ppm < 10'000) throw Error("--cpus: '" + printable(text) + "' is too little: 0.01 is the least");
  put_quota(r, ppm, host, text, "--cpus");
}

CpuQuota quota_of(const Resources& r) {
  return {number_if(r, "cpu/quota").value_or(kUnlimited), number_if(r, "cpu/period").value_or(kCpuPeriod)};
}

Translation quota_v2(const Resources& r, const Target&) {
  const CpuQuota quota = quota_of(r);
  return write("cpu.max", or_max(quota.quota) + " " + std::to_string(quota.period));
}
Translation quota_v1(const Resources& r, const Target&) {
  // The period first: the kernel checks the quota against the parent's as a ratio.
  const CpuQuota quota = quota_of(r);
  return write("cpu.cfs_period_us", std::to_string(quota.period)) +
         write("cpu.cfs_quota_us", or_minus_one(quota.quota));
}
Translation quota_systemd(const Resources& r, const Target& t) {
  // A burst is the payload's, but the scope above it would cut it off: the scope's quota leaves room for it.
  CpuQuota outer = quota_of(r);
  outer.quota = add_limits(outer.quota, number_if(r, "cpu/burst").value_or(0));
  Translation scope = property("CPUQuotaPerSecUSec", quota_per_second(outer, t.systemd_version));
  if (outer.period != kCpuPeriod && t.systemd_version >= 242) {
    scope = std::move(scope) + property("CPUQuotaPeriodUSec", outer.period);
  }
  return scope_and_payload(r, t, 213, scope, quota_v2, quota_v1);
}

Translation burst_v2(const Resources& r, const Target&) {
  return write("cpu.max.burst", std::to_string(number(r, "cpu/burst")));
}
Translation burst_v1(const Resources& r, const Target&) {
  return write("cpu.cfs_burst_us", std::to_string(number(r, "cpu/burst")));
}
Translation burst_systemd(const Resources& r, const Target& t) { return payload(r, t, burst_v2, burst_v1); }

Translation realtime_v2(const Resources&, const Target&) {
  return refuse("cgroup v2 has no limit for realtime scheduling");
}
Translation realtime_v1(const Resources& r, const Target&) {
  Translation result;
  if (const auto period = number_if(r, "cpu/realtimePeriod")) {
    result = write("cpu.rt_period_us", std::to_string(*period));
  }
  if (const auto runtime = number_if(r, "cpu/realtimeRuntime")) {
    result = std::move(result) + write("cpu.rt_runtime_us", or_minus_one(*runtime));
  }
  return result;
}
Translation realtime_systemd(const Resources& r, const Target& t) {
  if (t.unified) return realtime_v2(r, t);
  return refuse("systemd gives the groups above a container no realtime runtime to share",
                "use --cgroup-manager cgroupfs");
}

std::vector<LimitFlag> quota_flags() {
  return {{"--cpu", "PERCENT", "most CPU time, of one CPU (20%, 150%)", false, parse_percent},
          {"--cpus", "NUMBER", "most CPU time, in CPUs (0.2, 1.5)", false, parse_cpus},
          {"--cpu-quota", "USEC", "most CPU time in each period (-1: unlimited)", false,
           [](Words text, const HostFacts&, Resources& r) {
             if (trim(text) == "0") return;  // docker: the same as not given
             const uint64_t quota = trim(text) == "-1" ? kUnlimited : parse_count(text, "--cpu-quota");
             put(r, "cpu/quota", quota, "--cpu-quota");
           }},
          {"--cpu-period", "USEC", "length of the period for --cpu-quota (100000)", false,
           [](Words text, const HostFacts&, Resources& r) {
             if (trim(text) == "0") return;  // docker: the same as not given
             put(r, "cpu/period", parse_count(text, "--cpu-period"), "--cpu-period");
           },
           "cpu/period"}};
}

std::vector<LimitFlag> realtime_flags() {
  return {{"--cpu-rt-runtime", "USEC", "realtime CPU time in each period (v1 without systemd only)", false,
           [](Words text, const HostFacts&, Resources& r) {
             put(r, "cpu/realtimeRuntime", parse_count(text, "--cpu-rt-runtime"), "--cpu-rt-runtime");
           }},
          {"--cpu-rt-period", "USEC", "length of the period for --cpu-rt-runtime", false,
           [](Words text, const HostFacts&, Resources& r) {
             put(r, "cpu/realtimePeriod", parse_count(text, "--cpu-rt-period"), "--cpu-rt-period");
           },
           "cpu/realtimePeriod"}};
}

}  // namespace

std::vector<Limit> cpu_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "cpu/quota",
                  .title = "CPU time, hard limit",
                  .flags = quota_flags(),
                  .property = "CPUQuotaPerSecUSec (213), CPUQuotaPeriodUSec (242)",
                  .v2_file = "cpu.max",
                  .v1_file = "cpu.cfs_quota_us",
                  .to_systemd = quota_systemd,
                  .to_v2 = quota_v2,
                  .to_v1 = quota_v1,
                  .family = {"cpu/period"}});
  rows.push_back(
      {.key = "cpu/burst",
       .title = "CPU time saved up for bursts",
       .flags = {{"--cpu-burst", "USEC", "unused quota that may be saved up and spent at once", false,
                  [](Words text, const HostFacts&, Resources& r) {
                    put(r, "cpu/burst", parse_count(text, "--cpu-burst"), "--cpu-burst");
                  }}},
       .property = "",
       .v2_file = "cpu.max.burst",
       .v1_file = "cpu.cfs_burst_us",
       .to_systemd = burst_systemd,
       .to_v2 = burst_v2,
       .to_v1 = burst_v1});
  rows.push_back({.key = "cpu/realtimeRuntime",
                  .title = "realtime CPU time",
                  .flags = realtime_flags(),
                  .property = "",
                  .v2_file = "",
                  .v1_file = "cpu.rt_runtime_us",
                  .to_systemd = realtime_systemd,
                  .to_v2 = realtime_v2,
                  .to_v1 = realtime_v1,
                  .family = {"cpu/realtimePeriod"}});
  return rows;
}

}  // namespace sdcont
