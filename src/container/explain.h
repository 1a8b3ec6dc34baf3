#pragma once

#include <sys/wait.h>

#include <optional>
#include <vector>

#include "cgroup/statistics.h"
#include "state/record.h"

namespace sdcont {

/// What the supervisor saw of an end.
struct End {
  siginfo_t init{};                   ///< waitid's answer
  bool is_first_process = false;      ///< of a pid namespace of its own
  std::optional<Reason> cause;        ///< timeout or stopped, where the supervisor itself began it
  const char* ran_out = "--timeout";  ///< of a timeout: which one
  Statistics usage;
  uint64_t oomd_kills = 0;                 ///< processes that systemd-oomd has killed in it
  std::vector<AncestorCpu> slowed;         ///< the cgroups above that were throttled
  std::vector<AncestorOom> before, after;  ///< the out-of-memory events of the cgroups above
};

/// Of what waitid told, as a shell gives it.
int exit_status(const siginfo_t& info);

/// Puts an end into words: pure, so that each kind of death has its test.
ExitRecord explain(const End& end);

}  // namespace sdcont
