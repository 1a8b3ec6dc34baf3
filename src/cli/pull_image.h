#pragma once

#include "cli/command.h"
#include "cli/image_root.h"
#include "cli/run_options.h"
#include "util/fd.h"

namespace sdcont {

/// The image of a run, ready to be launched.
struct ProvidedImage {
  ImageRoot image;
  Fd use;          ///< held until the container's record says what it uses; empty for what is not stored
  int status = 0;  ///< of the command that should have brought it, and has told why it could not; else 0
};

/// Finds the image of a run, and brings it first as --pull says, by `sdcont pull` in a process of its own.
/// One that is in the store without being unpacked is unpacked. Nothing is brought for a dry run.
ProvidedImage provide_image(const RunOptions& options, const GlobalOptions& global);

}  // namespace sdcont
