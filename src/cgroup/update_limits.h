#pragma once

#include "cgroup/cgroup.h"

namespace sdcont {

/// Brings the limits of a container that runs from one plan to another: systemd's properties of the scope,
/// which it keeps over a daemon-reload, and the payload's own files. All or nothing: where the kernel or
/// systemd does not take one, those that were set are put back, and Error says which, and why.
///
/// `systemd` is null for cgroupfs.
void update_limits(const CgroupRecord& record, const LimitPlan& from, const LimitPlan& to,
                   SystemdManager* systemd, Keep keep = Keep::until_boot);

/// Writes limits into a cgroup's files in whatever order the kernel takes them; what it does not take, and
/// why.
std::optional<Refusal> write_in_any_order(const CgroupRecord& record, std::vector<ControlWrite> writes);

/// What has to be done for that; pure.
struct LimitChanges {
  std::vector<Property> properties;  ///< one that is no longer asked for gets systemd's default
  std::vector<ControlWrite> writes;  ///< one that is no longer asked for gets the kernel's default
};
LimitChanges compare_plans(const LimitPlan& from, const LimitPlan& to);

/// What to write into a control file to have it say again what it says now, `content`; pure. Files that list
/// devices take one at a time: that of the write.
std::string restoring_value(const ControlWrite& write, const std::string& content);

}  // namespace sdcont
