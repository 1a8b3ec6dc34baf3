#pragma once

#include "cgroup/cgroup.h"

namespace sdcont {

/// Stops (or resumes) every process of the container: cgroup.freeze where there is a v2 cgroup, else v1's
/// freezer. Returns once all of them stand still; throws Error, with everything thawed again, where they do
/// not within ten seconds, and where there is no freezer.
void freeze_cgroup(const CgroupRecord& record, bool frozen);

/// True while the container is frozen by freeze_cgroup or whoever else.
bool is_frozen(const CgroupRecord& record);

/// After SIGKILL: whom v2's freezer holds dies of it at once, but whom v1's holds only when thawed.
void thaw_for_kill(const CgroupRecord& record) noexcept;

}  // namespace sdcont
