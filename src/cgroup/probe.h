#pragma once

#include <set>
#include <string>
#include <vector>

#include "cgroup/host.h"

namespace sdcont {

/// A cgroup's directory: its control files, and the cgroups in it. Both empty where it does not exist.
struct CgroupListing {
  std::vector<std::string> files;
  std::vector<std::string> children;
};
CgroupListing list_cgroup(const std::string& directory);

/// The control files of a controller that cgroups of containers will have here. Seen in cgroups that exist,
/// or in one made for the look and removed at once; for a v2 controller that is not enabled for any child
/// yet, the files that kernels of today have are assumed, and a write that fails later says so.
std::set<std::string> probe_control_files(const CgroupHost& host, const std::string& controller);

/// Removes the cgroups that were made for a look by processes that were killed then.
void remove_stale_probes(const CgroupHost& host);

/// Whether a disk's line of IO schedulers has the word: "bfq" where it could be chosen, "[bfq]" where it is.
bool some_disk_has_scheduler(const std::string& word);

}  // namespace sdcont
