#pragma once

#include <csignal>

#include "container/launch.h"

namespace sdcont {

/// The signals that the client passes on to the container instead of dying of them.
sigset_t forwarded_signals();

/// Stays with a container in the foreground: passes on signals, and with -t what is typed and shown, until it
/// ends. Throws Error where the supervisor is killed meanwhile (the container then goes on).
ExitRecord attach(Launched& container, const ContainerSpec& spec,
                  const std::function<void(const std::string&)>& warn);

}  // namespace sdcont
