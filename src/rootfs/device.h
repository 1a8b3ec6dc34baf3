#pragma once

#include <string>
#include <vector>

#include "spec/container_spec.h"
#include "util/fd.h"

namespace sdcont {

/// Makes a node called `name` in the directory; false where this kernel, container or device cgroup forbids
/// making nodes (EPERM). Throws Error for anything else.
bool make_node(int dir, const std::string& name, const Device& device);

/// A detached mount of the host's node device.source, after checking that it is a node with the device's type
/// and numbers. Only while the host's root is still "/".
Fd clone_host_device(const Device& device);

/// The nodes that every container has: null, zero, full, random, urandom, tty.
std::vector<Device> default_devices();

/// All nodes below the host's /dev, for a privileged container, without terminals' masters and slaves and the
/// console.
std::vector<Device> list_host_devices(const std::string& directory = "/dev");

}  // namespace sdcont
