#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cgroup/statistics.h"
#include "util/fd.h"

namespace sdcont {

/// What a running container's cgroup has counted at one moment.
struct Sample {
  uint64_t time_ns = 0;  ///< CLOCK_BOOTTIME
  uint64_t cpu_usec = 0;
  uint64_t periods = 0, throttled_periods = 0;  ///< of cpu.max
  uint64_t memory = 0;  ///< bytes, without the inactive file cache, as docker counts it
  uint64_t read_bytes = 0, write_bytes = 0, tasks = 0;
  bool has_pressure = false;
  std::array<Pressure, 3> pressure;  ///< cpu, memory, io
};

/// A control file that is read again and again: held open as long as descriptors last, and parsed in place.
class CounterFile {
 public:
  CounterFile() = default;
  explicit CounterFile(std::string path);

  /// The text, valid until the next call for any file; empty where there is none.
  std::string_view read();
  [[nodiscard]] bool is_there() const { return !path_.empty(); }

 private:
  std::string path_;
  Fd file_;
};

/// Reads the counters of one container often: no file is opened twice, nothing is allocated.
class Sampler {
 public:
  explicit Sampler(const CgroupRecord& record);

  /// False where the cgroup is gone.
  bool read(Sample& sample);

 private:
  void read_cpu(Sample& sample);
  bool read_memory(Sample& sample);
  void read_io(Sample& sample);

  bool unified_;
  CounterFile cpu_usage_, cpu_stat_, memory_, memory_stat_, io_, tasks_;
  std::array<CounterFile, 3> pressure_;
};

/// Lets this process hold as many descriptors as that many samplers take, as far as it may.
void allow_samplers(size_t count);

// Parsing, without a copy.

/// The number after `key` at the beginning of a line; 0 where there is none.
uint64_t counter_of(std::string_view text, std::string_view key);
/// The numbers behind `mark` ("rbytes=", "Read "), summed up.
uint64_t sum_of(std::string_view text, std::string_view mark);

}  // namespace sdcont
