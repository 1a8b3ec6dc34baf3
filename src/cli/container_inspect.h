#pragma once

#include <nlohmann/json_fwd.hpp>

#include "state/store.h"

namespace sdcont {

/// All about a container, under docker's keys, and under "Sdcont" what docker has no word for: how each limit
/// was requested and applied, what holds in effect, and by which back end.
nlohmann::ordered_json inspect_container(const Record& record, const Store& store, bool size);

/// Its HostConfig.
nlohmann::ordered_json inspect_host_config(const Record& record, const ContainerSpec& spec);

/// What holds of its limits; `spec` may be null where it is lost.
nlohmann::ordered_json inspect_limits(const Record& record, const ContainerSpec* spec);

}  // namespace sdcont
