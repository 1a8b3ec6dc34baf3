#pragma once

#include <set>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// The v2 controllers that a container should have.
struct ControllerNeeds {
  std::set<std::string> required;   ///< by a limit that was asked for: not to be had is an error
  std::set<std::string> preferred;  ///< for default limits and for what is counted: memory, pids
  std::set<std::string> optional;   ///< for what is counted besides: cpu, io
};
ControllerNeeds controller_needs(const LimitPlan& limits, const std::set<std::string>& available);

/// The cgroup, nearest to the caller's, whose children can have the controllers. A cgroup that holds
/// processes cannot give its children any (the "no internal processes" rule; the root is exempt), so this can
/// be one above the caller's. Throws Error that names the controller, the file and the remedy where none can.
std::string find_base(const CgroupHost& host, const LimitPlan& limits, const ControllerNeeds& needs);

/// The same for slices, which whoever runs containers in them should find in the same place: the outermost
/// that can; where the slice is there already, the cgroup that it is in.
std::string find_slice_base(const CgroupHost& host, const std::string& outermost, const LimitPlan& limits,
                            const ControllerNeeds& needs);
/// Of a slice that is there; empty where it is nowhere.
std::string slice_base_if(const CgroupHost& host, const std::string& outermost);

/// Enables controllers for the children of a cgroup: those required (throwing Error), and of the others what
/// can be had. False where the cgroup has vanished meanwhile.
bool enable_controllers(const std::string& directory, const ControllerNeeds& needs);

}  // namespace sdcont
