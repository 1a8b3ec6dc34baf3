#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "container/layers.h"
#include "state/store.h"

namespace sdcont {

/// What applying a container's changes to this machine would meet.
struct ApplyPlan {
  uint64_t changes = 0;  ///< to be carried over
  uint64_t conflicts = 0;
  std::vector<std::string> shown;  ///< of the conflicts the first few: "/etc/motd was changed"
};

/// Throws Error unless the container ran over a view of the host and has ended.
void check_applicable(const Record& record);

/// Removes what an apply that was killed has left of the change that it was at.
void clear_killed_apply(const Record& record, const std::vector<OpenOverlay>& overlays, const Store& store);

/// Looks at each change, telling of it, and at what it would replace; writes nothing.
ApplyPlan plan_apply(const Record& record, const std::vector<OpenOverlay>& overlays,
                     const std::function<void(const Change&)>& tell);

/// Carries the changes over to this machine, and returns how many there were: each is made beside its place
/// under a temporary name, and renamed, so that no other process sees half of one. No link is ever followed.
/// Checks once more before each that the host is as the container saw it. Throws Error that says how much was
/// applied; called again, it goes on with the rest. The container stays as it is.
uint64_t apply_changes(const Record& record, const std::vector<OpenOverlay>& overlays, const Store& store);

}  // namespace sdcont
