#pragma once

#include "spec/container_spec.h"

namespace sdcont {

/// Puts limits that are asked for now over those that a container has: each replaces the old one, in whatever
/// words that was said (a property of systemd's, another flag for the same thing).
void merge_limits(const ContainerSpec& asked, ContainerSpec& spec);

}  // namespace sdcont
