#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sdcont {

/// A process in the kernel's list of those that an out-of-memory killer chose from.
struct OomTask {
  pid_t pid = 0;
  std::string name;
  uint64_t bytes = 0;  ///< resident
};

/// One act of the kernel's out-of-memory killer, as its log tells it.
struct OomKill {
  uint64_t monotonic_usec = 0;  ///< 0: not known
  bool whole_machine = false;   ///< no cgroup's limit: the machine itself was out of memory
  std::string limit_cgroup;     ///< whose limit it was, from the root of the hierarchy
  std::string task_cgroup;      ///< where the process was
  OomTask killed;
  std::vector<OomTask> others;  ///< the largest first
};

/// Of lines of the kernel's log, each with its time in microseconds or 0 before a tab ("123\toom-kill:…").
std::vector<OomKill> parse_oom_log(const std::vector<std::string>& lines, uint64_t page_size);

/// Such lines of /dev/kmsg; where that cannot be read or has none, of the journal.
std::vector<std::string> read_kernel_log();

/// Whether a path in the kernel's words lies in a cgroup that this process sees as `directory` in the
/// hierarchy mounted at `mount_point`: the kernel's begins at the root of the hierarchy, ours perhaps further
/// in.
bool is_in_cgroup(const std::string& kernel_path, const std::string& directory,
                  const std::string& mount_point);

}  // namespace sdcont
