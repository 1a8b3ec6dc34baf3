#pragma once

#include "cli/parser.h"
#include "cli/run_options.h"

namespace sdcont {

/// The options of systemd-run that docker has no word for.
void declare_systemd_words(Parser& parser, RunOptions& options);

/// What they mean for a container, in the words of `sdcont run`. Throws Error where they contradict others,
/// or have no meaning here.
void settle_systemd_words(RunOptions& options);

/// --uid and --gid, else --user, else whom the image wants.
std::string user_words(const RunOptions& options, const std::string& image_user);

}  // namespace sdcont
