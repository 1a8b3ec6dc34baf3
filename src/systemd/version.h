#pragma once

#include <string>

#include "systemd/manager.h"

namespace sdcont {

/// 252 for "252.38-1~deb12u1", 258 for "v258-rc1"; 0 where there is no number.
int parse_systemd_version(const std::string& text);

/// systemd's version, which decides what goes into a scope: asked for once per executable that runs as PID 1
/// (`daemon-reexec` after an upgrade runs another), and kept in `directory` in between, because an answer
/// takes as long as half of a scope. What cannot be kept is asked for.
int remembered_systemd_version(SystemdManager& systemd, const std::string& directory,
                               const std::string& executable = "/proc/1/exe");

}  // namespace sdcont
