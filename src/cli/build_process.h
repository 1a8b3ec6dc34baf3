#pragma once

#include <string>

#include "cli/run_options.h"
#include "spec/container_spec.h"

namespace sdcont {

/// The container's first process, of the words of `sdcont run` over what the image says.
Process build_process(const RunOptions& options, const ImageConfig& image, const std::string& hostname,
                      const std::string& id);

/// What the container is run with, in an image's words, for `commit`. What sdcont adds by itself is not part
/// of it.
ImageConfig build_config(const RunOptions& options, const ContainerSpec& spec, ImageConfig config);

}  // namespace sdcont
