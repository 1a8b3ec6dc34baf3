#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cgroup/cgroup.h"

namespace sdcont {

nlohmann::json cgroup_record_to_json(const CgroupRecord& record);
/// Throws Error where a field is missing or of the wrong kind, and for directories that are not absolute.
CgroupRecord cgroup_record_from_json(const nlohmann::json& json);

}  // namespace sdcont
