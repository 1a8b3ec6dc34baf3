#pragma once

#include "cli/run_options.h"
#include "spec/container_spec.h"

namespace sdcont {

/// The scope that systemd is to make: its unit, slice and description.
Scope build_scope(const RunOptions& options, const ContainerSpec& spec);

/// Throws Error where --cgroups split makes no sense: without systemd, or with words for a scope.
void check_split(const ContainerSpec& spec);

}  // namespace sdcont
