#pragma once

#include "cli/run_options.h"
#include "spec/image_config.h"

namespace sdcont {

void declare_systemd_inside(Parser& parser, RunOptions& options);

/// The options as they are for a container whose command is a systemd (--systemd, podman's rules): then
/// `systemd` is "always", else "false". Throws Error for what cannot be so.
RunOptions settle_systemd_inside(const RunOptions& asked, const ImageConfig& image);

}  // namespace sdcont
