#pragma once

#include <string>
#include <vector>

#include "cgroup/statistics.h"
#include "container/explain.h"

namespace sdcont {

/// What had been counted in and around a container when its command began: its end is explained by what came
/// since.
struct CountedBefore {
  Statistics own;  ///< in earlier runs of the command
  std::vector<AncestorOom> memory;
  std::vector<AncestorCpu> cpu;
};

/// Of a command that is about to be run, for the first time or again.
CountedBefore count_before_first_run(const CgroupRecord& cgroup);
CountedBefore count_before_next_run(const CgroupRecord& cgroup);

/// As fields of Message::go, from the client to the supervisor, and back. What was counted in earlier runs is
/// not among them.
std::vector<std::string> fields_of(const CountedBefore& before);
CountedBefore counted_before(const std::vector<std::string>& fields);

/// Reads what the counters tell of an end, before the cgroup goes, and the counters with it.
void gather_evidence(const CgroupRecord& cgroup, CountedBefore before, End& end);

}  // namespace sdcont
