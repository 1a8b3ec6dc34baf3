#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// How a process gets into the cgroups of a container that runs. On v2 it is born there; v1 it enters by
/// itself, which spares the kernel the grace period that moving another takes.
class CgroupEntrance {
 public:
  /// To where the container's init is now, which may be below its payload. Throws Error where that is gone.
  /// `killed_before`: cgroup.kill was used on it, after which kernels kill who is born there (seen
  /// with 6.18).
  static CgroupEntrance to_payload(const CgroupRecord& record, pid_t init, bool killed_before = false);
  /// To where the supervisor is: in the scope, charged to no container. Nowhere without systemd, where it
  /// stays in its caller's.
  static CgroupEntrance to_supervisor(const CgroupRecord& record);

  /// The v2 cgroup to be cloned into, or -1.
  [[nodiscard]] int born_in() const { return born_in_.get(); }
  /// To be called by the process itself, while it has one thread. With systemd on v1 a process must come from
  /// one that is in the scope already: systemd moves those of the caller's unit back into it at any time.
  void enter() const;
  /// By the process itself: throws Error where it is elsewhere.
  void verify() const;

 private:
  void open_v1(const std::string& directory);
  void open_v2(const std::string& directory);

  Fd born_in_;
  std::vector<Fd> entrances_;
  std::map<std::string, std::string> wanted_;  ///< by controller, as /proc/PID/cgroup has them
};

}  // namespace sdcont
