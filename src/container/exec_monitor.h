#pragma once

#include <functional>
#include <map>
#include "cgroup/entrance.h"

#include "process/channel.h"
#include "spec/container_spec.h"
#include "state/exec_record.h"
#include "util/fd.h"

namespace sdcont {

/// What waits for a command in a container takes over from the client that forks it: all of it is open.
struct ExecMonitorTask {
  const Process& process;
  Channel client;
  ExecRecord record;  ///< without the process
  Fd records;         ///< where it is kept
  Fd init;            ///< pidfd of the container's
  Fd program;         ///< sdcont-enter
  Fd null;
  CgroupEntrance payload, supervisor;
  bool in_project = false;
  /// Tells of an event: its action, and its attributes.
  std::function<void(const char*, const std::map<std::string, std::string>&)> note;
};

/// Makes the command's process in the container, is its parent, and writes its record. Outlives the client.
/// It is never one of the container's processes: those cannot signal, trace or limit it. As it is the parent
/// that the container's init, when it ends, waits for, nothing may stop it. Leaves by _exit.
///
/// Over the channel come: terminal (the master), running (the command's pidfd), ended (its status); a failure
/// instead of any. To it goes a terminal that the client leaves (detach keys).
[[noreturn]] void monitor_exec(ExecMonitorTask task) noexcept;

}  // namespace sdcont
