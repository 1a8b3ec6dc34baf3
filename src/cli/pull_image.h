#pragma once

#include "cli/command.h"
#include "cli/run_options.h"

namespace sdcont {

/// Sees to it that the image of a run is here, as --pull says: by `sdcont pull` in a process of its own,
/// which tells of its progress and of its failure. Returns its status; 0 where all is well.
int provide_image(const RunOptions& options, const GlobalOptions& global);

}  // namespace sdcont
