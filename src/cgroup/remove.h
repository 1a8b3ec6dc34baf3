#pragma once

#include <string>

namespace sdcont {

/// Removes the cgroups below a directory and then itself, innermost first; 0, or errno of the first that could not be.
/// A directory that is gone is fine.
int remove_cgroup_tree(const std::string& directory) noexcept;

}  // namespace sdcont
