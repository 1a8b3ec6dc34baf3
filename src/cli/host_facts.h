#pragma once

#include <string>

#include "limits/limits.h"
#include "state/store.h"

namespace sdcont {

/// What limits are parsed against, read when it is needed. The slice is the container's, with systemd.
HostFacts host_facts(const StorePaths& paths, const std::string& slice = {});

}  // namespace sdcont
