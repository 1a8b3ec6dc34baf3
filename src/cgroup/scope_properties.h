#pragma once

#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// The properties of a container's scope: its own, then the plan's, which win. What is systemd's default is
/// not sent.
std::vector<Property> scope_properties(const CgroupRequest& request);

/// Takes a property that this systemd does not know from the list. Returns what people should know of it,
/// empty for mere bookkeeping; throws Error where it carried a limit that nothing else carries.
std::string drop_property(std::vector<Property>& properties, const UnknownProperty& unknown,
                          const LimitPlan& limits);

/// What people call the limit that a property carries: its flag, else the property's own name.
std::string limit_behind(const std::string& property, const LimitPlan& limits);

}  // namespace sdcont
