#pragma once

#include <cstdint>

#include "spec/container_spec.h"

namespace sdcont {

/// The CLONE_NEW… flags that init has to be cloned with. A pid namespace is for those born in it.
uint64_t clone_flags(const Namespaces& namespaces);

/// In init: its other namespaces, and in them a keyring, hostname, loopback interface. A network
/// namespace takes half a millisecond: made here, the launch goes on beside it as soon as init has a pid.
/// Without CLONE_NEWCGROUP: that namespace is rooted where its maker is, so it has to wait until init is in
/// its cgroup. Uses the host's /proc, so it comes before the root changes.
void set_up_namespaces(const ContainerSpec& spec);

}  // namespace sdcont
