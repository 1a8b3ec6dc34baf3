#pragma once

#include <string>
#include <vector>

#include "rootfs/passwd.h"
#include "spec/container_spec.h"

namespace sdcont {

// What every command of a container gets before it is executed: the first one, and those that enter later.

/// A process that sees this one could open our binary as its /proc/PID/exe, and write to that when we have
/// ended (CVE-2019-5736), or trace it while it has more rights than a container (CVE-2016-9962). Executing
/// the command ends this.
void hide_from_tracers();

/// oom_score_adj and the nice level. Uses /proc as it is now.
void set_priorities(const Process& process);

/// The capabilities, no-new-privileges, and the user: nothing of ours is left after this.
void become_user(const Process& process, const UserIds& ids);

/// Signals do what they do by default, and none is blocked.
void reset_signals();

/// The environment, with HOME where it has none.
std::vector<std::string> command_environment(const Process& process, const std::string& home);

}  // namespace sdcont
