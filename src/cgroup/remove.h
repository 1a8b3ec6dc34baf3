#pragma once

#include <string>

namespace sdcont {

struct CgroupHost;
struct CgroupRecord;

/// Removes what there is of a scope that systemd no longer knows, wherever its slice is: on v1 systemd (252)
/// forgets the directories of a scope whose processes had all ended before it could move them, and those that
/// were not empty in the one moment when it removes them.
void remove_scope_directories(const CgroupHost& host, const std::string& unit);

/// Removes the cgroups below a directory and then itself, innermost first; 0, or errno of the first that
/// could not be. A directory that is gone is fine.
int remove_cgroup_tree(const std::string& directory) noexcept;

/// Makes a container's cgroup, in which nothing runs, fit for processes again: what a systemd inside made
/// below it goes, with the controllers that it gave to that.
void clear_cgroup(const CgroupRecord& record) noexcept;

}  // namespace sdcont
