#include "limits_fixture.h"

namespace sdcont {

// Columns: systemd 252 on v2, systemd 257 on v2, systemd 252 on v1, cgroupfs v2, cgroupfs v1.
std::vector<Golden> golden_memory() {
  return {
      {"--memory 100M",
       "MemoryMax=104857600; MemorySwapMax=104857600; memory.max: 104857600; memory.swap.max: 104857600 "
       "(default)",
       "MemoryMax=104857600; MemorySwapMax=104857600; memory.max: 104857600; memory.swap.max: 104857600 "
       "(default)",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 209715200 "
       "(default)",
       "memory.max: 104857600; memory.swap.max: 104857600 (default)",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 209715200 (default)"},
      {"-m 25%",
       "MemoryMax=2147483648; MemorySwapMax=2147483648; memory.max: 2147483648; memory.swap.max: 2147483648 "
       "(default)",
       "MemoryMax=2147483648; MemorySwapMax=2147483648; memory.max: 2147483648; memory.swap.max: 2147483648 "
       "(default)",
       "MemoryMax=2147483648; memory.limit_in_bytes: 2147483648; memory.memsw.limit_in_bytes: 4294967296 "
       "(default)",
       "memory.max: 2147483648; memory.swap.max: 2147483648 (default)",
       "memory.limit_in_bytes: 2147483648; memory.memsw.limit_in_bytes: 4294967296 (default)"},
      {"--memory -1", "MemoryMax=infinity; memory.max: max", "MemoryMax=infinity; memory.max: max",
       "MemoryMax=infinity; memory.limit_in_bytes: -1", "memory.max: max", "memory.limit_in_bytes: -1"},
      {"--memory 100M; --memory-swap 300M",
       "MemoryMax=104857600; MemorySwapMax=209715200; memory.max: 104857600; memory.swap.max: 209715200",
       "MemoryMax=104857600; MemorySwapMax=209715200; memory.max: 104857600; memory.swap.max: 209715200",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 314572800",
       "memory.max: 104857600; memory.swap.max: 209715200",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 314572800"},
      {"--memory 100M; --memory-swap 100M",
       "MemoryMax=104857600; MemorySwapMax=0; memory.max: 104857600; memory.swap.max: 0",
       "MemoryMax=104857600; MemorySwapMax=0; memory.max: 104857600; memory.swap.max: 0",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 104857600",
       "memory.max: 104857600; memory.swap.max: 0",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 104857600"},
      {"--memory 100M; --memory-swap -1",
       "MemoryMax=104857600; MemorySwapMax=infinity; memory.max: 104857600; memory.swap.max: max",
       "MemoryMax=104857600; MemorySwapMax=infinity; memory.max: 104857600; memory.swap.max: max",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: -1",
       "memory.max: 104857600; memory.swap.max: max",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: -1"},
      {"--memory 100M; --swap-max 50M",
       "MemoryMax=104857600; MemorySwapMax=52428800; memory.max: 104857600; memory.swap.max: 52428800",
       "MemoryMax=104857600; MemorySwapMax=52428800; memory.max: 104857600; memory.swap.max: 52428800",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 157286400",
       "memory.max: 104857600; memory.swap.max: 52428800",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 157286400"},
      {"--swap-max 50M", "MemorySwapMax=52428800; memory.swap.max: 52428800",
       "MemorySwapMax=52428800; memory.swap.max: 52428800",
       "NO --swap-max: cgroup v1 limits swap only together with memory", "memory.swap.max: 52428800",
       "NO --swap-max: cgroup v1 limits swap only together with memory"},
      {"--memory 100M; --swap-max 50%",
       "MemoryMax=104857600; MemorySwapMax=4294967296; memory.max: 104857600; memory.swap.max: 4294967296",
       "MemoryMax=104857600; MemorySwapMax=4294967296; memory.max: 104857600; memory.swap.max: 4294967296",
       "MemoryMax=104857600; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 4399824896",
       "memory.max: 104857600; memory.swap.max: 4294967296",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 4399824896"},
      {"--memory-reservation 64M",
       "MemoryLow=67108864; memory.low: 67108864; WARN --memory-reservation: it protects only as far as "
       "every slice above has such a protection too",
       "MemoryLow=67108864; memory.low: 67108864; WARN --memory-reservation: it protects only as far as "
       "every slice above has such a protection too",
       "memory.soft_limit_in_bytes: 67108864",
       "memory.low: 67108864; WARN --memory-reservation: it protects only as far as every slice above has "
       "such a protection too",
       "memory.soft_limit_in_bytes: 67108864"},
      {"--memory-low 64M",
       "MemoryLow=67108864; memory.low: 67108864; WARN --memory-reservation: it protects only as far as "
       "every slice above has such a protection too",
       "MemoryLow=67108864; memory.low: 67108864; WARN --memory-reservation: it protects only as far as "
       "every slice above has such a protection too",
       "memory.soft_limit_in_bytes: 67108864",
       "memory.low: 67108864; WARN --memory-reservation: it protects only as far as every slice above has "
       "such a protection too",
       "memory.soft_limit_in_bytes: 67108864"},
      {"--memory-min 32M",
       "MemoryMin=33554432; memory.min: 33554432; WARN --memory-min: it protects only as far as every slice "
       "above has such a protection too",
       "MemoryMin=33554432; memory.min: 33554432; WARN --memory-min: it protects only as far as every slice "
       "above has such a protection too",
       "NO --memory-min: cgroup v1 has no memory.min",
       "memory.min: 33554432; WARN --memory-min: it protects only as far as every slice above has such a "
       "protection too",
       "NO --memory-min: cgroup v1 has no memory.min"},
      {"--memory-high 80M", "MemoryHigh=83886080; memory.high: 83886080",
       "MemoryHigh=83886080; memory.high: 83886080", "NO --memory-high: cgroup v1 has no memory.high",
       "memory.high: 83886080", "NO --memory-high: cgroup v1 has no memory.high"},
      {"--zswap-max 16M", "memory.zswap.max: 16777216", "MemoryZSwapMax=16777216; memory.zswap.max: 16777216",
       "NO --zswap-max: cgroup v1 has no limit for zswap", "memory.zswap.max: 16777216",
       "NO --zswap-max: cgroup v1 has no limit for zswap"},
      {"--zswap-writeback no", "memory.zswap.writeback: 0",
       "MemoryZSwapWriteback=no; memory.zswap.writeback: 0",
       "NO --zswap-writeback: cgroup v1 has no switch for the writeback of zswap",
       "memory.zswap.writeback: 0",
       "NO --zswap-writeback: cgroup v1 has no switch for the writeback of zswap"},
      {"--memory-swappiness 10", "NO --memory-swappiness: cgroup v2 has no swappiness of its own",
       "NO --memory-swappiness: cgroup v2 has no swappiness of its own", "memory.swappiness: 10",
       "NO --memory-swappiness: cgroup v2 has no swappiness of its own", "memory.swappiness: 10"},
      {"--memory-swappiness -1", "", "", "", "", ""},
      {"--memory 100M; --oom-kill-disable",
       "MemoryMax=104857600; MemorySwapMax=104857600; memory.max: 104857600; memory.swap.max: 104857600 "
       "(default); NO --oom-kill-disable: cgroup v2 cannot switch the out-of-memory killer off",
       "MemoryMax=104857600; MemorySwapMax=104857600; memory.max: 104857600; memory.swap.max: 104857600 "
       "(default); NO --oom-kill-disable: cgroup v2 cannot switch the out-of-memory killer off",
       "MemoryMax=171966464; memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 209715200 "
       "(default); memory.oom_control: 1",
       "memory.max: 104857600; memory.swap.max: 104857600 (default); NO --oom-kill-disable: cgroup v2 "
       "cannot switch the out-of-memory killer off",
       "memory.limit_in_bytes: 104857600; memory.memsw.limit_in_bytes: 209715200 (default); "
       "memory.oom_control: 1"},
      {"--oom-policy continue", "OOMPolicy=continue; memory.oom.group: 0",
       "OOMPolicy=continue; memory.oom.group: 0", "", "memory.oom.group: 0", ""},
      {"--oom-policy stop", "OOMPolicy=stop; memory.oom.group: 0", "OOMPolicy=stop; memory.oom.group: 0",
       "NO --oom-policy: on cgroup v1 nobody tells when memory has run out, so that all could be ended",
       "NO --oom-policy: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --oom-policy: on cgroup v1 nobody tells when memory has run out, so that all could be ended"},
      {"--oom-policy kill", "memory.oom.group: 1", "memory.oom.group: 1",
       "NO --oom-policy: on cgroup v1 nobody tells when memory has run out, so that all could be ended",
       "memory.oom.group: 1",
       "NO --oom-policy: on cgroup v1 nobody tells when memory has run out, so that all could be ended"},
      {"--oom-group", "memory.oom.group: 1", "memory.oom.group: 1",
       "NO --oom-group: cgroup v1 cannot kill all of a group when memory runs out", "memory.oom.group: 1",
       "NO --oom-group: cgroup v1 cannot kill all of a group when memory runs out"},
      {"--oomd-swap kill", "ManagedOOMSwap=kill", "ManagedOOMSwap=kill",
       "NO --oomd-swap: systemd does nothing for ManagedOOMSwap on cgroup v1",
       "NO --oomd-swap: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --oomd-swap: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--oomd-pressure kill", "ManagedOOMMemoryPressure=kill", "ManagedOOMMemoryPressure=kill",
       "NO --oomd-pressure: systemd does nothing for ManagedOOMMemoryPressure on cgroup v1",
       "NO --oomd-pressure: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --oomd-pressure: only systemd has it, and limits are written to cgroupfs directly here"},
      {"--oomd-pressure 60%", "ManagedOOMMemoryPressure=kill; ManagedOOMMemoryPressureLimit=2576980377",
       "ManagedOOMMemoryPressure=kill; ManagedOOMMemoryPressureLimit=2576980377",
       "NO --oomd-pressure: systemd does nothing for ManagedOOMMemoryPressure on cgroup v1",
       "NO --oomd-pressure: only systemd has it, and limits are written to cgroupfs directly here",
       "NO --oomd-pressure: only systemd has it, and limits are written to cgroupfs directly here"},
  };
}

TEST(LimitsGolden, Memory) { check_golden(golden_memory()); }

}  // namespace sdcont
