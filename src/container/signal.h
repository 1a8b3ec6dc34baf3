#pragma once

#include "state/store.h"

namespace sdcont {

// Each throws Error, in docker's words, where the container does not run, and tells of it as an event.

/// Brings all its processes to a standstill; throws Error where they already stand still.
void pause_container(const Record& found, Store& store);
/// Lets them go on; throws Error where they do.
void unpause_container(const Record& found, Store& store);

/// Signals its init. A container that stands still dies of SIGKILL, and sees other signals once it goes on.
void kill_container(const Record& found, int signal, Store& store);

}  // namespace sdcont
