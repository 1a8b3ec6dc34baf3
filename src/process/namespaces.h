#pragma once

#include <cstdint>

#include "spec/container_spec.h"

namespace sdcont {

/// The CLONE_NEW… flags of a container, without CLONE_NEWCGROUP: that namespace is rooted where its maker is,
/// so it has to wait until init is in its cgroup.
uint64_t namespace_flags(const Namespaces& namespaces);

/// In init, in its new namespaces: a keyring of its own, hostname, loopback interface, sysctls. Uses the
/// host's /proc, so it comes before the root changes.
void set_up_namespaces(const ContainerSpec& spec);

}  // namespace sdcont
