#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

const char* cgroup_manager_name(CgroupManager manager);

/// Which back end this host gets, and why, for `sdcont info`.
struct Choice {
  CgroupManager manager = CgroupManager::cgroupfs;
  std::string reason;  ///< "systemd is PID 1"
};

/// What the choice depends on beside the cgroups.
struct ChoiceFacts {
  std::string requested = "auto";  ///< --cgroup-manager: auto, systemd, cgroupfs
  bool systemd_booted = false;
  bool is_root = false;
  /// Why the bus did not answer, once it was tried; then the choice is made again with this.
  std::optional<Failure> bus_problem = {};
};

/// Pure. Throws Error, with the remedy, where no back end can work or the requested one cannot.
Choice choose_manager(const CgroupHost& host, const ChoiceFacts& facts);

/// Where systemd has a slice in a controller's hierarchy, or will have it.
std::string systemd_slice_directory(const CgroupHost& host, const std::string& controller,
                                    const std::string& slice);
/// The cgroups that will be around a container and are there already, in a controller's hierarchy, innermost
/// first: with systemd those of its slice, and so without it where that is there, else the caller's own.
std::vector<std::string> cgroups_around(const CgroupHost& host, CgroupManager manager,
                                        const std::string& controller, const std::string& slice);
/// The smallest number in a control file of these cgroups, kUnlimited where there is none.
uint64_t smallest_limit(const std::vector<std::string>& cgroups, const std::string& file);

/// What limits are translated for.
Target make_target(const CgroupHost& host, CgroupManager manager, int systemd_version);

}  // namespace sdcont
