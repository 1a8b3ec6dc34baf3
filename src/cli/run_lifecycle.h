#pragma once

#include "cli/run_options.h"
#include "spec/container_spec.h"

namespace sdcont {

/// "no", "on-failure[:N]", "always"; "unless-stopped" is the same: without a daemon nothing starts containers
/// at boot but units do. Throws Error.
Restart parse_restart(const std::string& text);

/// --log-driver and --log-opt. What is not asked for: the caller's own descriptors for a command in the
/// foreground without a terminal, which is as fast and as plain as without sdcont; else the journal where
/// there is one.
Logging build_logging(const RunOptions& options, const Restart& restart);

/// Its client stays with the container.
bool is_foreground(const RunOptions& options);

}  // namespace sdcont
