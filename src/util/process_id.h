#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "util/fd.h"

namespace sdcont {

/// A process named so that a recycled pid is never mistaken for it: pid and start time
/// (field 22 of /proc/PID/stat, clock ticks since boot).
struct ProcessId {
  pid_t pid = 0;
  uint64_t start_time = 0;

  bool operator==(const ProcessId&) const = default;
};

/// Start time of a live process, 0 where there is none (a zombie still counts as there).
uint64_t process_start_time(pid_t pid, const std::string& proc = "/proc");
ProcessId identify(pid_t pid);
/// True while that very process runs; a zombie does not run.
bool is_running(const ProcessId& process);
/// Of a process that runs, in one look: who made it, or, once that is dead, who took its children over.
std::optional<pid_t> parent_of(const ProcessId& process);
/// True where it runs no code of its own any more, though its files and cgroups may be gone before it is seen
/// to have ended.
bool is_ending(const ProcessId& process);
/// A pidfd of that very process, or an empty Fd where it is gone.
Fd open_process(const ProcessId& process);
/// Signals through the pidfd; false where the process is gone.
bool signal_process(const Fd& pidfd, int signal);

}  // namespace sdcont
