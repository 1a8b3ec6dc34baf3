#pragma once

#include <string>

namespace sdcont {

/// Makes read-only, in the cgroup that is mounted at `mount`, all files but those that its owner needs to
/// make cgroups below it. Of a v2 hierarchy that is mounted with nsdelegate the kernel does so by itself.
/// `name` is for messages.
void keep_cgroup_limits(int mount, const std::string& name);

}  // namespace sdcont
