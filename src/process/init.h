#pragma once

#include <functional>

#include "process/activation.h"
#include "process/channel.h"
#include "rootfs/plan.h"
#include "spec/container_spec.h"
#include "util/fd.h"

namespace sdcont {

/// What the container's first process needs.
struct InitTask {
  const ContainerSpec& spec;
  const MountPlan& plan;
  const Channel& channel;             ///< to the supervisor
  const std::vector<int>& entrances;  ///< files of v1 cgroups that it enters by writing "0" to them
  int reaper = -1;                    ///< a sealed copy of sdcont-init, for --init
  bool in_project = false;            ///< its writable layers are kept within a project quota
  int storage = -1;                   ///< a mount for the writable layers, or -1
  bool placed = false;                ///< it is in its cgroup from its birth, or by the entrances
  const Activation& activation;       ///< its sockets are the command's
  const std::string& notify_address;  ///< NOTIFY_SOCKET of the command, or empty
  /// Of an init that is placed so: its cgroups, for mount_cgroups().
  std::function<std::vector<Fd>()> open_cgroups = [] { return std::vector<Fd>(); };
  std::function<void()> adopt_streams = [] {};  ///< makes its standard input and outputs the container's
};

/// The life of the container's init, from clone to execve. Reports what fails over the channel, and leaves by
/// _exit.
[[noreturn]] void run_init(const InitTask& task) noexcept;

}  // namespace sdcont
