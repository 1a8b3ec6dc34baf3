#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// "some" or "full" of a *.pressure file.
struct Pressure {
  uint64_t some_usec = 0;
  uint64_t full_usec = 0;
};

/// What a container's cgroup has counted, from v2's or v1's files. Absent means: the kernel does not tell
/// here.
struct Statistics {
  std::optional<uint64_t> cpu_usec, cpu_user_usec, cpu_system_usec;
  std::optional<uint64_t> periods, throttled_periods, throttled_usec;
  std::optional<uint64_t> memory_current, memory_peak, memory_limit, swap_current, swap_peak;
  std::optional<uint64_t> io_read_bytes, io_write_bytes, io_read_operations, io_write_operations;
  std::optional<uint64_t> tasks_current, tasks_peak, tasks_limit;
  std::optional<uint64_t> tasks_limit_hits;  ///< pids.events max
  std::optional<uint64_t> oom_kills;         ///< processes killed in here
  std::optional<uint64_t> oom_events;        ///< times that the container's own limit was reached for good
  std::optional<uint64_t> memory_high_events, memory_max_events;
  std::map<std::string, Pressure> pressure;  ///< cpu, memory, io
};

Statistics read_statistics(const CgroupRecord& record);

/// The out-of-memory events of each cgroup above the container (and its scope), innermost first, to find out
/// later whose limit it was.
struct AncestorOom {
  std::string cgroup;   ///< absolute directory
  uint64_t events = 0;  ///< memory.events.local oom (v2), memory.failcnt (v1)
  uint64_t limit = UINT64_MAX;
};
std::vector<AncestorOom> read_ancestor_oom(const CgroupRecord& record);

/// How a cgroup above the container (and its scope) with a limit of CPU time was throttled, and with it all
/// that is in it.
struct AncestorCpu {
  std::string cgroup;           ///< absolute directory
  uint64_t bound = UINT64_MAX;  ///< billionths of a CPU
  uint64_t periods = 0, throttled_periods = 0, throttled_usec = 0;
};
/// Innermost first; those without a limit are left out.
std::vector<AncestorCpu> read_ancestor_cpu(const CgroupRecord& record);
/// What was counted between the two, of those that were throttled then.
std::vector<AncestorCpu> throttled_since(std::vector<AncestorCpu> now,
                                         const std::vector<AncestorCpu>& before);

/// How many processes in the container systemd-oomd has killed, as it notes on the cgroup; 0 on v1, which it
/// does not know.
uint64_t read_oomd_kills(const CgroupRecord& record);

}  // namespace sdcont
