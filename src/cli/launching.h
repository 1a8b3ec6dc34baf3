#pragma once

#include <string>

#include "container/launch.h"

namespace sdcont {

/// Of this host; --quiet leaves out what is accepted and has no effect.
LaunchOptions make_launch_options(bool quiet);

/// The keys as bytes; not given: docker's default.
std::string detach_keys_of(const std::string& words);

/// Nothing of the caller's reaches a supervisor or a container but the first three descriptors, and
/// `preserved` after them.
void close_callers_descriptors(unsigned preserved = 0);

/// Throws Error for any other user.
void require_root(const char* command);

}  // namespace sdcont
