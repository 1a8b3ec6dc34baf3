#pragma once

#include "state/store.h"

namespace sdcont {

enum class RemoveMode { ended_only, kill };

/// Removes a container: its record, layers and name. One that runs is an Error, or is killed first.
void remove_container(const Record& record, RemoveMode mode, Store& store);

}  // namespace sdcont
