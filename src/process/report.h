#pragma once

#include <functional>

#include "process/channel.h"

namespace sdcont {

/// The whole life of a process that was forked or cloned: the body, which executes something. What it throws
/// is sent over the channel, or `doing` where it says nothing itself. Leaves by _exit.
[[noreturn]] void run_reporting(const Channel& channel, const char* doing,
                                const std::function<void()>& body) noexcept;

}  // namespace sdcont
