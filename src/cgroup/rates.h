#pragma once

#include <array>
#include <cstdint>

#include "cgroup/sampler.h"

namespace sdcont {

/// Bytes through a network namespace's interfaces, but for the loopback.
struct NetworkBytes {
  uint64_t received = 0, sent = 0;
};
/// Of a text like /proc/net/dev.
NetworkBytes parse_net_dev(std::string_view text);

/// What `stats` shows of a container, in docker's sense of the numbers.
struct Usage {
  double cpu_percent = 0;        ///< of one CPU: two that are busy are 200
  double throttled_percent = 0;  ///< of the periods of cpu.max in which it wanted to run
  uint64_t memory = 0, memory_limit = 0;
  double memory_percent = 0;
  NetworkBytes network;
  uint64_t read_bytes = 0, write_bytes = 0, tasks = 0;
  bool has_pressure = false;
  /// cpu, memory, io: percent of the time in which some, and all, of its tasks waited for it.
  std::array<double, 3> some_percent{}, full_percent{};
};

/// Between two samples. `limit` is what holds, of all cgroups and the machine.
Usage usage_between(const Sample& before, const Sample& now, uint64_t limit);

}  // namespace sdcont
