#pragma once

#include "cli/complete.h"

namespace sdcont {

/// The units with a suffix (".slice") that run, or have a file. Read from the cgroups and systemd's
/// directories, so that no bus is waited for.
void add_units(const char* suffix, Candidates& found);

}  // namespace sdcont
