#pragma once

#include <cstdint>

#include "cgroup/statistics.h"
#include "state/record.h"

namespace sdcont {

/// Whether a container's command is to be run again after this end; `restarts`: how often it was already.
bool wants_restart(const Restart& restart, const ExitRecord& exit, uint64_t restarts);

/// The microseconds until then: 0.1 s at first, twice as long each time, one minute at most (docker's). A run
/// of ten seconds begins anew.
class RestartDelay {
 public:
  uint64_t next(uint64_t run_ns);

 private:
  uint64_t usec_ = 0;
};

/// What was counted since `before`: a cgroup goes on counting over all runs of its command. Peaks and present
/// values are as they are.
Statistics counted_since(Statistics now, const Statistics& before);

}  // namespace sdcont
