#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace sdcont {

constexpr int kCallers = -1;  ///< one of the standard files is the caller's
constexpr int kNowhere = -2;  ///< it is /dev/null

/// The standard files of another program: a descriptor, kCallers or kNowhere.
struct StandardFiles {
  int in = kCallers, out = kCallers, err = kCallers;
};
enum class Environment { callers, empty };

/// Starts another program of this machine, found in $PATH where it is no path. Throws Error with the errno
/// where it cannot be run.
pid_t spawn(const std::vector<std::string>& command, const StandardFiles& files,
            Environment environment = Environment::callers);

/// waitpid's status of a child that is there.
int wait_for_child(pid_t pid);

}  // namespace sdcont
