#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cgroup/host.h"

namespace sdcont {

/// Something that is missing here, and the text to paste to have it.
struct Missing {
  std::string what, remedy;
};

/// Kernel features by their names, and whether they are there.
std::vector<std::pair<std::string, bool>> kernel_features();

/// What the kernel, its boot or this installation lacks. `proc` is replaced by tests.
std::vector<Missing> find_missing(const CgroupHost& cgroups, const std::string& proc = "/proc");

}  // namespace sdcont
