#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "spec/container_spec.h"

namespace sdcont {

/// The program that answers each access to a device for v2 cgroups. Bit by bit of what is asked for (read,
/// write, mknod), the last rule that names the device and the bit decides; what no rule names is denied.
std::vector<bpf_insn> assemble_device_program(const std::vector<DeviceRule>& rules);

/// Loads the program and attaches it to a v2 cgroup, beside those that are there; it lives as long as the
/// cgroup. Throws Error with the remedy.
void attach_device_rules(const std::string& directory, const std::vector<DeviceRule>& rules);

}  // namespace sdcont
