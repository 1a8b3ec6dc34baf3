#pragma once

#include <string>

#include "cgroup/host.h"

namespace sdcont {

/// The cgroup of the unit that the caller is in, where systemd has given that away (Delegate=yes): at or
/// above the caller's own; in v2, else in v1's name=systemd. Throws Error with the remedy where it has not.
std::string delegated_cgroup(const CgroupHost& host);

}  // namespace sdcont
