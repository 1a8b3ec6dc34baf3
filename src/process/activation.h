#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "spec/container_spec.h"

namespace sdcont {

/// What a service manager hands on to the program that it starts: sockets (sd_listen_fds(3)), and the address
/// where it hears of readiness (sd_notify(3)) and of life (sd_watchdog_enabled(3)).
struct Activation {
  unsigned listen_fds = 0;    ///< descriptors 3 to listen_fds + 2
  std::string listen_names;   ///< of them, with colons between; may be empty
  std::string notify_socket;  ///< a path, "@NAME" for an abstract one; empty where nobody waits
  std::string watchdog_usec;
};

/// Takes it out of the environment, as sd_listen_fds(1) and sd_notify(1, …) do: what is meant for this
/// process is not for those that it starts.
Activation take_activation();

/// How many descriptors from 3 on are the command's: sockets and --preserve-fds are the same ones.
unsigned preserved_descriptors(const Process& process, const Activation& activation);
/// What the command finds of it in its environment, where `pid` is its own.
std::vector<std::string> activation_environment(const Activation& activation,
                                                const std::string& notify_address, pid_t pid);

}  // namespace sdcont
