#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// Reads back a write that the kernel may take without a word and yet not as asked: CPU lists, partitions,
/// IO throttles. Returns what it says against it, with both values.
std::optional<Refusal> verify_write(const ControlWrite& write, const std::string& directory);

/// The same for properties whose failure systemd tells only its journal: IO*Max=, IODevice*=, AllowedCPUs=,
/// AllowedMemoryNodes=; each refusal's limit is the property's name. `scope` describes the scope's own cgroup
/// as if it were the payload.
std::vector<Refusal> verify_properties(const std::vector<Property>& properties, const CgroupRecord& scope);

}  // namespace sdcont
