#pragma once

#include "limits/limits.h"
#include "spec/slice_spec.h"

namespace sdcont {

/// The limits of a slice for one back end, as plan_limits for those of a container. A slice of systemd's has
/// no cgroup of ours in it: what is no property is refused there, and the writes only tell what its files
/// will say.
LimitPlan plan_slice(const SliceSpec& slice, const Target& target);

}  // namespace sdcont
