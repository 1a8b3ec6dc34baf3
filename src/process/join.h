#pragma once

#include <functional>

#include "process/channel.h"
#include "spec/container_spec.h"
#include "util/fd.h"

namespace sdcont {

/// What a process needs that joins a container. All of the host's is open before: nothing is looked for on
/// the way.
struct JoinTask {
  const Process& process;               ///< the command to be executed there
  const Channel& channel;               ///< failures and the terminal's master; ends when sdcont-enter runs
  int start = -1;                       ///< the socket that sdcont-enter tells the command's pid over
  int enter = -1;                       ///< sdcont-enter, by a read-only mount
  int null = -1;                        ///< the host's /dev/null
  int init = -1;                        ///< pidfd of the container's init, whose namespaces are joined
  std::function<void()> enter_cgroups;  ///< into those of the container, and a look that it is there
  bool in_project = false;              ///< the container's layers are kept within a project quota
};

/// From a clone in the host's pid namespace to sdcont-enter, which forks the command's process into the
/// container's: the joining process itself is never seen by the container (CVE-2016-9962), and has all its
/// rights given up before there is something to be seen. Reports what fails over the channel, and leaves by
/// _exit.
[[noreturn]] void run_join(const JoinTask& task) noexcept;

/// sdcont-enter, open on a mount of its own that is read-only: it may be the /proc/PID/exe of a process
/// inside.
Fd open_enter_program();

}  // namespace sdcont
