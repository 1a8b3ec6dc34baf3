#pragma once

#include <string>
#include <vector>

#include "limits/translation.h"

namespace sdcont {

/// Removes the drop-ins that SetUnitProperties wrote for these properties of a unit, below /etc and /run;
/// `top` is replaced by tests. What an administrator wrote by hand, or set beside them, stays. To be followed
/// by SystemdManager::reload().
void remove_drop_ins(const std::string& unit, const std::vector<Property>& properties,
                     const std::string& top = "");

}  // namespace sdcont
