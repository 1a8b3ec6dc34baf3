#pragma once

#include <string>

#include "cgroup/cgroup.h"

namespace sdcont {

/// What becomes of who uses more memory than it is to have from now on.
enum class Shrink {
  refuse,
  reclaim,  ///< the kernel frees what it can first; refused where that is not enough
  force,    ///< the kernel may kill
};

/// Refuses a memory limit of a plan that is below what is in use in a cgroup, which the kernel would answer
/// by killing; `whose` is for the message.
void make_room(const CgroupRecord& cgroup, const std::string& whose, const LimitPlan& plan, Shrink shrink);

/// Throws Error for the first limit that cannot be had.
void refuse_first(const LimitPlan& plan);

}  // namespace sdcont
