#pragma once

#include "cgroup/host.h"
#include "container/notify.h"
#include "process/channel.h"
#include "rootfs/plan.h"
#include "spec/container_spec.h"
#include "state/store.h"

namespace sdcont {

/// What the supervisor takes over from the client that forks it.
struct SupervisorTask {
  const ContainerSpec& spec;
  const MountPlan& plan;
  const CgroupHost& host;
  Store& store;
  Channel client;
  int born_in = -1;            ///< the cgroup to clone init into, or -1
  std::vector<int> entrances;  ///< Cgroup::entrances
  int reaper = -1;             ///< a sealed copy of sdcont-init, or -1
  bool fresh = true;           ///< made by this launch
  bool in_project = false;     ///< its layers are kept within a project quota
  int storage = -1;            ///< make_storage: a mount for the layers, or -1
  NotifyTask notify;
  ProcessId client_process;
  Fd launch;  ///< Store::create
};

/// The life of the supervisor: makes init, hands the launch's messages on, waits, stops the container when
/// its time runs out or when told to (SIGTERM), and writes the exit record. It outlives the client; where the
/// client dies before the command runs, it undoes the launch. Leaves by _exit.
[[noreturn]] void supervise(SupervisorTask task) noexcept;

}  // namespace sdcont
