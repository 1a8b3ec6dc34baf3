#pragma once

#include "limits/limits.h"
#include "state/store.h"

namespace sdcont {

/// What limits are parsed against, read when it is needed.
HostFacts host_facts(const StorePaths& paths);

}  // namespace sdcont
