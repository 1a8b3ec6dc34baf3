#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sdcont {

// Every conversion of a limit between docker's, systemd's, cgroup v2's and v1's scales. Pure, with no limit
// but the given number in sight. kUnlimited stays kUnlimited unless said otherwise.

/// cpu.shares (2 … 262144) as cpu.weight (1 … 10000), by the curve that keeps 1024 at 100 (runc 1.3.2, crun).
uint64_t shares_to_weight(uint64_t shares);
/// cpu.weight as cpu.shares, linear as systemd does it: 100 is 1024.
uint64_t weight_to_shares(uint64_t weight);

/// blkio.weight (10 … 1000) as io.weight (1 … 10000), linear: OCI's rule for kernels without BFQ.
uint64_t blkio_weight_to_io_weight(uint64_t weight);
/// The IOWeight that systemd turns into just this io.bfq.weight (10 … 1000): the inverse of io_weight_to_bfq.
uint64_t bfq_weight_to_io_weight(uint64_t weight);
/// io.weight as blkio.bfq.weight or io.bfq.weight (1 … 1000), as systemd does it: 100 stays 100.
uint64_t io_weight_to_bfq(uint64_t weight);
/// io.weight as blkio.weight (10 … 1000), as systemd does it on v1: 100 is 500.
uint64_t io_weight_to_blkio_weight(uint64_t weight);
/// The IOWeight that systemd turns into this blkio.weight on v1, rounded up.
uint64_t blkio_weight_to_legacy_io_weight(uint64_t weight);

/// CPU time in microseconds for each period of so many.
struct CpuQuota {
  uint64_t quota = UINT64_MAX;
  uint64_t period = 100'000;

  bool operator==(const CpuQuota&) const = default;
};
inline constexpr uint64_t kCpuPeriod = 100'000;
inline constexpr uint64_t kMinCpuTime = 1'000;  ///< the kernel's least quota and period
inline constexpr uint64_t kMaxCpuPeriod = 1'000'000;

/// A share of one CPU in parts of a million (20 % is 200,000) as a quota; where that were below the kernel's
/// least, the period grows, at most to a second.
CpuQuota quota_from_ppm(uint64_t ppm);
/// CPUQuotaPerSecUSec of a quota, rounded up so that the payload's own, exact quota is the one that holds.
/// systemd up to 255 keeps whole percents over a daemon-reload, hence steps of 10,000 µs there.
uint64_t quota_per_second(const CpuQuota& quota, int systemd_version);

/// "0-3,5" as the bytes of AllowedCPUs: bit i%8 of byte i/8.
std::vector<uint8_t> cpu_list_to_mask(std::string_view list);
std::string mask_to_cpu_list(const std::vector<uint8_t>& mask);
/// Parts of a million as a fraction of UINT32_MAX (ManagedOOMMemoryPressureLimit).
uint32_t ppm_to_uint32_scale(uint64_t ppm);

/// a + b, where kUnlimited and overflow are kUnlimited.
uint64_t add_limits(uint64_t a, uint64_t b);

}  // namespace sdcont
