#include "limits_fixture.h"

namespace sdcont {

// Columns: systemd 252 on v2, systemd 257 on v2, systemd 252 on v1, cgroupfs v2, cgroupfs v1.
std::vector<Golden> golden_other() {
  return {
      {"--hugetlb 2MB:64M", "NO --hugetlb: systemd gives scopes on cgroup v2 no hugetlb controller",
       "NO --hugetlb: systemd gives scopes on cgroup v2 no hugetlb controller",
       "hugetlb.2MB.limit_in_bytes: 67108864", "hugetlb.2MB.max: 67108864",
       "hugetlb.2MB.limit_in_bytes: 67108864"},
      {"--cgroup-conf misc.max=res_a 3",
       "NO --cgroup-conf misc.max: systemd gives scopes on cgroup v2 no misc controller",
       "NO --cgroup-conf misc.max: systemd gives scopes on cgroup v2 no misc controller",
       "NO --cgroup-conf misc.max: the misc controller is not available here", "misc.max: res_a 3",
       "NO --cgroup-conf misc.max: the misc controller is not available here"},
      {"--cgroup-conf memory.high=1G", "MemoryHigh=1073741824; memory.high: 1073741824",
       "MemoryHigh=1073741824; memory.high: 1073741824",
       "NO --cgroup-conf memory.high: cgroup v1 has no memory.high", "memory.high: 1073741824",
       "NO --cgroup-conf memory.high: cgroup v1 has no memory.high"},
      {"--cgroup-conf cgroup.max.depth=3", "cgroup.max.depth: 3", "cgroup.max.depth: 3",
       "NO --cgroup-conf cgroup.max.depth: files are named as cgroup v2 has them, this host has v1",
       "cgroup.max.depth: 3",
       "NO --cgroup-conf cgroup.max.depth: files are named as cgroup v2 has them, this host has v1"},
      {"--property MemoryHigh=1G", "MemoryHigh=1073741824; memory.high: 1073741824",
       "MemoryHigh=1073741824; memory.high: 1073741824",
       "NO --property MemoryHigh: cgroup v1 has no memory.high", "memory.high: 1073741824",
       "NO --property MemoryHigh: cgroup v1 has no memory.high"},
      {"--property MemoryMax=50%",
       "MemoryMax=4294967296; MemorySwapMax=4294967296; memory.max: 4294967296; memory.swap.max: 4294967296 "
       "(default)",
       "MemoryMax=4294967296; MemorySwapMax=4294967296; memory.max: 4294967296; memory.swap.max: 4294967296 "
       "(default)",
       "MemoryMax=4294967296; memory.limit_in_bytes: 4294967296; memory.memsw.limit_in_bytes: 8589934592 "
       "(default)",
       "memory.max: 4294967296; memory.swap.max: 4294967296 (default)",
       "memory.limit_in_bytes: 4294967296; memory.memsw.limit_in_bytes: 8589934592 (default)"},
      {"--property MemorySwapMax=0", "MemorySwapMax=0; memory.swap.max: 0",
       "MemorySwapMax=0; memory.swap.max: 0",
       "NO --property MemorySwapMax: cgroup v1 limits swap only together with memory", "memory.swap.max: 0",
       "NO --property MemorySwapMax: cgroup v1 limits swap only together with memory"},
      {"--property CPUQuota=20%", "CPUQuotaPerSecUSec=200ms; cpu.max: 20000 100000",
       "CPUQuotaPerSecUSec=200ms; cpu.max: 20000 100000",
       "CPUQuotaPerSecUSec=200ms; cpu.cfs_period_us: 100000; cpu.cfs_quota_us: 20000",
       "cpu.max: 20000 100000", "cpu.cfs_period_us: 100000; cpu.cfs_quota_us: 20000"},
      {"--property CPUQuota=20%; --property CPUQuotaPeriodSec=10ms",
       "CPUQuotaPerSecUSec=200ms; CPUQuotaPeriodUSec=10ms; cpu.max: 2000 10000",
       "CPUQuotaPerSecUSec=200ms; CPUQuotaPeriodUSec=10ms; cpu.max: 2000 10000",
       "CPUQuotaPerSecUSec=200ms; CPUQuotaPeriodUSec=10ms; cpu.cfs_period_us: 10000; cpu.cfs_quota_us: 2000",
       "cpu.max: 2000 10000", "cpu.cfs_period_us: 10000; cpu.cfs_quota_us: 2000"},
      {"--property CPUWeight=idle", "CPUWeight=0; cpu.idle: 1", "CPUWeight=0; cpu.idle: 1",
       "CPUWeight=0; cpu.idle: 1", "cpu.idle: 1", "cpu.idle: 1"},
      {"--property TasksMax=100", "TasksMax=101; pids.max: 100", "TasksMax=101; pids.max: 100",
       "TasksMax=101; pids.max: 100", "pids.max: 100", "pids.max: 100"},
      {"--property AllowedCPUs=0 1 2", "AllowedCPUs=0-2; cpuset.cpus: 0-2",
       "AllowedCPUs=0-2; cpuset.cpus: 0-2", "cpuset.cpus: 0-2", "cpuset.cpus: 0-2", "cpuset.cpus: 0-2"},
      {"--property IOReadBandwidthMax=/dev/sda 1M", "IOReadBandwidthMax=/dev/sda 1000000",
       "IOReadBandwidthMax=/dev/sda 1000000",
       "IOReadBandwidthMax=/dev/sda 1000000; blkio.throttle.read_bps_device: 8:0 1000000",
       "io.max: 8:0 rbps=1000000", "blkio.throttle.read_bps_device: 8:0 1000000"},
      {"--property IODeviceWeight=/dev/sda 500", "IODeviceWeight=/dev/sda 500", "IODeviceWeight=/dev/sda 500",
       "NO --property IODeviceWeight: systemd on cgroup v1 sets no weight by device for BFQ",
       "io.bfq.weight: 8:0 136", "blkio.bfq.weight_device: 8:0 136"},
      {"--property IODeviceLatencyTargetSec=/dev/sda 10ms", "IODeviceLatencyTargetUSec=/dev/sda 10ms",
       "IODeviceLatencyTargetUSec=/dev/sda 10ms",
       "NO --property IODeviceLatencyTargetSec: cgroup v1 has no io.latency", "io.latency: 8:0 target=10000",
       "NO --property IODeviceLatencyTargetSec: cgroup v1 has no io.latency"},
      {"--property RuntimeMaxSec=1min 30s", "RuntimeMaxUSec=1min 30s", "RuntimeMaxUSec=1min 30s",
       "RuntimeMaxUSec=1min 30s",
       "NO --property RuntimeMaxSec: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --property RuntimeMaxSec: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--property After=a.service b.service; --property After=c.service",
       "After=a.service b.service c.service", "After=a.service b.service c.service",
       "After=a.service b.service c.service",
       "NO --property After: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --property After: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--property MemoryPressureWatch=on",
       "NO --property MemoryPressureWatch: systemd 252 has no MemoryPressureWatch, 254 has",
       "MemoryPressureWatch=on",
       "NO --property MemoryPressureWatch: systemd 252 has no MemoryPressureWatch, 254 has",
       "NO --property MemoryPressureWatch: only systemd has it, and limits are written to cgroupfs directly "
       "here",
       "NO --property MemoryPressureWatch: only systemd has it, and limits are written to cgroupfs directly "
       "here"},
      {"--property StartupMemoryMax=1G",
       "NO --property StartupMemoryMax: systemd 252 has no StartupMemoryMax, 253 has",
       "StartupMemoryMax=1073741824",
       "NO --property StartupMemoryMax: systemd 252 has no StartupMemoryMax, 253 has",
       "NO --property StartupMemoryMax: only systemd has it, and limits are written to cgroupfs directly "
       "here",
       "NO --property StartupMemoryMax: only systemd has it, and limits are written to cgroupfs directly "
       "here"},
      {"--property FinalKillSignal=SIGQUIT", "FinalKillSignal=SIGQUIT", "FinalKillSignal=SIGQUIT",
       "FinalKillSignal=SIGQUIT",
       "NO --property FinalKillSignal: only systemd has it, and limits are written to cgroupfs directly "
       "here",
       "NO --property FinalKillSignal: only systemd has it, and limits are written to cgroupfs directly "
       "here"},
      {"--property ManagedOOMPreference=avoid", "ManagedOOMPreference=avoid", "ManagedOOMPreference=avoid",
       "NO --property ManagedOOMPreference: systemd does nothing for ManagedOOMPreference on cgroup v1",
       "NO --property ManagedOOMPreference: only systemd has it, and limits are written to cgroupfs "
       "directly here",
       "NO --property ManagedOOMPreference: only systemd has it, and limits are written to cgroupfs "
       "directly here"},
      {"--property IPAddressDeny=any", "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0",
       "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0", "IPAccounting=yes; IPAddressDeny=0.0.0.0/0 ::/0",
       "NO --property IPAddressDeny: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --property IPAddressDeny: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--property DeviceAllow=/dev/fuse rw", "NO --property DeviceAllow: every device is allowed already",
       "NO --property DeviceAllow: every device is allowed already",
       "NO --property DeviceAllow: every device is allowed already",
       "NO --property DeviceAllow: every device is allowed already",
       "NO --property DeviceAllow: every device is allowed already"},
  };
}

TEST(LimitsGolden, Others) { check_golden(golden_other()); }

}  // namespace sdcont
