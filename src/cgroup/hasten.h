#pragma once

#include <sys/types.h>

#include "cgroup/host.h"

namespace sdcont {

/// Systemd is about to move a process. On an idle machine the first move in a while waits for a grace period
/// of RCU (cgroup_threadgroup_rwsem is biased towards readers; 7 to 20 ms), those after it do not. A child
/// that moves itself to where it is begins that period now, beside what else the launch does. Returns its pid
/// (or -1: then nothing is hastened), which ends when the period does.
pid_t hasten_moves(const CgroupHost& host) noexcept;

}  // namespace sdcont
