#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroup/oom_log.h"
#include "state/store.h"

namespace sdcont {

/// A process that has, or nearly has, as many descriptors open as it may.
struct FullTable {
  pid_t pid = 0;
  std::string name;
  uint64_t open = 0, limit = 0;
};

/// All that is known of how a container fares or fared; what could not be read is absent.
struct WhyFacts {
  Record record;
  std::string state;  ///< docker's word
  Statistics usage;   ///< at the end, or now
  uint64_t now_ns = 0;
  uint64_t wall_ns = 0;  ///< for how long it ran
  /// What its CPU time is limited to, in billionths of a CPU, and by which cgroup where that is not its own.
  uint64_t cpu_bound = UINT64_MAX;
  std::string cpu_bound_by;
  std::vector<AncestorCpu> slowed;   ///< the cgroups above that were throttled while it ran
  std::string core;                  ///< where its core is, in words; empty: there is none
  std::vector<OomKill> kills;        ///< of its processes, the oldest first
  std::string memory_cgroup;         ///< its own directory, for comparison
  std::string memory_mount;          ///< where that hierarchy is mounted
  std::vector<std::string> signals;  ///< "SIGKILL at 2026-…": sent by sdcont kill or rm -f
  std::vector<std::string> oomd;     ///< lines of systemd-oomd's about it
  std::optional<uint64_t> storage_size, storage_free;  ///< bytes, of --storage-opt size
  std::vector<FullTable> full_tables;
  bool can_tell_pressure = false;
};

/// In words, and what they rest on.
struct Why {
  std::string text;                   ///< one paragraph
  std::vector<std::string> evidence;  ///< "cpu.stat: throttled in 43 of 100 periods"
};

/// Pure, so that each kind of end has its test.
Why tell_why(const WhyFacts& facts);

/// Reads the records, the kernel, its log and the journal.
WhyFacts gather_why(const Record& record, const Store& store);

}  // namespace sdcont
