#pragma once

#include "container/cleanup.h"
#include "state/store.h"

namespace sdcont {

enum class RemoveMode { ended_only, kill };

/// Removes a container: its record, layers and name, and its anonymous volumes if so asked. One that runs is
/// an Error, or is killed first.
void remove_container(const Record& found, RemoveMode mode, AnonymousVolumes volumes, Store& store);

}  // namespace sdcont
