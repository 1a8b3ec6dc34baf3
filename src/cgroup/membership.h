#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "cgroup/cgroup.h"

namespace sdcont {

/// The cgroups of a process, by controller ("memory", "name=systemd", "" for v2), as /proc/PID/cgroup has
/// them: paths relative to the reader's cgroup namespace. `file` is that file. Throws Error where it cannot
/// be read; ESRCH where there is no such process.
std::map<std::string, std::string> read_membership(const std::string& file);
std::map<std::string, std::string> read_membership(const CgroupHost& host, pid_t pid);

/// Throws Error unless the process is in every directory of the payload. A cgroup manager that says "done" is
/// not believed: what counts is /proc/PID/cgroup.
void verify_membership(const CgroupHost& host, const CgroupRecord& record, pid_t pid);
/// The same as a question.
bool is_member(const CgroupHost& host, const CgroupRecord& record, pid_t pid);

}  // namespace sdcont
