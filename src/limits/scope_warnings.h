#pragma once

#include <string>
#include <vector>

#include "limits/limits.h"

namespace sdcont {

/// What to know of the place that a container gets: options of the scope that do nothing without systemd, and
/// limits around the caller that the scope's slice is outside of.
std::vector<std::string> scope_warnings(const Scope& scope, const Target& target);

}  // namespace sdcont
