#pragma once

#include <string>
#include <vector>

#include "cgroup/controllers.h"
#include "cgroup/directories.h"

namespace sdcont {

/// Where a slice's cgroups are: by controller, those that exist, with systemd or without. The payload is
/// empty where it has none.
CgroupRecord find_slice(const CgroupHost& host, CgroupManager manager, const std::string& slice);

// Without systemd, in which slices are ours to make; they are gone with the last container in them, and made
// again with the next.

/// The plans of slices and of what is in them as one, for what controllers they need together.
LimitPlan unite_plans(const std::vector<SliceLevel>& levels, const LimitPlan& inside);
/// The cgroups of slices, outermost first, in one hierarchy, and `name` in the last of them; without a name
/// the slices alone. They get their limits before anything is in them, each time: what a killed command left
/// half-way is put right.
CgroupChain slice_chain(const CgroupHost& host, const Hierarchy& hierarchy,
                        const std::vector<SliceLevel>& levels, const LimitPlan& inside,
                        const std::string& name);
/// Makes a slice that holds nothing yet, with its limits, where those of `more` can be written as well;
/// throws Error where one cannot be had.
CgroupRecord make_slice(const CgroupHost& host, const std::vector<SliceLevel>& levels, const LimitPlan& more);
/// Removes the cgroups of a slice, and those of the slices around it, as far as nothing is in them.
void remove_empty_slice(const CgroupHost& host, const std::string& slice) noexcept;

/// Whether a container is in a slice, or in one inside that.
bool is_in_slice(const CgroupRecord& container, const std::string& slice);
/// The slice that a container is in, the innermost; empty: none.
std::string slice_of(const CgroupRecord& container);

}  // namespace sdcont
