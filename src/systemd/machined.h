#pragma once

#include <sys/types.h>

#include <string>

namespace sdcont {

/// A container as systemd-machined knows it (org.freedesktop.machine1).
struct Machine {
  std::string name;
  std::string id;    ///< of the container: its first half is the machine's UUID
  std::string root;  ///< of the host, or empty
  pid_t leader = 0;  ///< its init, which is in its unit's cgroup already
};

/// Makes it known to machinectl(1) and journalctl -M, until its unit ends. Throws Error where there is no
/// machined, or it has a machine of that name.
void register_machine(const Machine& machine);
/// One that is not known is fine.
void unregister_machine(const std::string& name) noexcept;

}  // namespace sdcont
