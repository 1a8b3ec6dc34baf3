#pragma once

#include "container/launch.h"
#include "spec/container_spec.h"

namespace sdcont {

/// Prints what `run` would do as one JSON object: the OCI config, the scope with its properties, the writes
/// into the container's cgroup, and how each limit is carried. Returns the exit status.
int print_dry_run(const ContainerSpec& spec, const StorePaths& paths, const LaunchOptions& options);

}  // namespace sdcont
