#pragma once

#include "cli/parser.h"
#include "cli/run_options.h"
#include "spec/container_spec.h"

namespace sdcont {

/// The IMAGE of what runs without one, as docker shows an image that has no name.
inline constexpr const char* kNoImage = "<none>";

/// Throws Error for options that are about a root or namespaces of the container's own.
void check_no_rootfs(const Parser& parser);

/// Of a command with --no-rootfs: as its caller's, but for what was asked.
void inherit_from_caller(const RunOptions& options, const std::vector<std::string>& asked_env,
                         Process& process);

}  // namespace sdcont
