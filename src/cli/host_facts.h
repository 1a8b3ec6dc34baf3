#pragma once

#include <string>

#include "limits/limits.h"
#include "state/store.h"

namespace sdcont {

/// In place of a slice: the container is below the caller's own cgroup.
inline constexpr const char* kCallersCgroup = "the caller's";

/// What limits are parsed against, read when it is needed. The slice is the container's, with systemd.
HostFacts host_facts(const StorePaths& paths, const std::string& slice = {});

}  // namespace sdcont
