#pragma once

#include <string>
#include <vector>

#include "spec/container_spec.h"

namespace sdcont {

/// "nofile=1024:2048", "core=-1" (unlimited), "nproc=100" (both) as docker's --ulimit; throws Error naming
/// the flag.
Rlimit parse_rlimit(const std::string& text);
/// "nofile" and the like, in order.
std::vector<std::string> rlimit_names();
void set_rlimits(const std::vector<Rlimit>& rlimits);

}  // namespace sdcont
