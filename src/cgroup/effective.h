#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgroup/cgroup.h"

namespace sdcont {

/// What the kernel enforces of one limit, read now.
struct KernelLimit {
  std::string
      applied;  ///< the control file of the container's own cgroup: "104857600", "20000 100000", "max"
  std::string effective;        ///< the lowest of that and of all cgroups above
  std::string cgroup;           ///< the directory that has it
  uint64_t bound = UINT64_MAX;  ///< `effective` as a number: bytes, tasks, or of CPU time billionths of a CPU
};

/// By the name of a control file, as this container's hierarchy has it: "memory.max", "cpu.max", "pids.max",
/// "memory.limit_in_bytes", "cpu.cfs_quota_us" (with the period: "20000 100000"). Of what is no upper bound
/// (a weight, a list of CPUs) the container's own value counts alone. Nothing where there is no such file.
std::optional<KernelLimit> read_kernel_limit(const CgroupRecord& record, const std::string& file);

/// The files that bound memory, swap (on v1 memory and swap), CPU time and tasks here.
struct BoundFiles {
  const char *memory, *swap, *cpu, *tasks;
};
BoundFiles bound_files(CgroupMode mode);

}  // namespace sdcont
