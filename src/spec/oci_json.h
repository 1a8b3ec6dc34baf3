#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spec/container_spec.h"

namespace sdcont {

/// The spec as an OCI runtime-spec 1.1 config.json; what OCI has no field for is in annotations, systemd's
/// properties as org.systemd.property.NAME like crun and runc read them.
nlohmann::ordered_json to_oci_json(const ContainerSpec& spec);

}  // namespace sdcont
