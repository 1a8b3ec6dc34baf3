#pragma once

#include <string>

namespace sdcont {

/// What becomes of a working directory that is not there.
enum class MissingDirectory { make, refuse };

/// Changes into an absolute directory of the container, after "/" became the container's root. Throws Error
/// for one that leads through a magic link (/proc/PID/fd/N, /proc/PID/cwd) or out of the root. To be called
/// as the container's root user; what the command's user may not enter is its own matter.
void enter_working_directory(const std::string& directory, MissingDirectory missing = MissingDirectory::make);

}  // namespace sdcont
