#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>

#include "process/channel.h"
#include "state/store.h"

namespace sdcont {

/// The signals that a client passes on to its container instead of dying of them.
sigset_t forwarded_signals();

struct AttachOptions {
  bool terminal = false;                    ///< the container's streams are a terminal
  bool input = false;                       ///< what comes from our standard input is for the container
  bool output = true, error_output = true;  ///< what comes of these is shown
  bool pass_signals = true;                 ///< to the container; else they are ours
  bool started_here =
      false;  ///< where we cannot write what it writes, it is told so, as when a window is closed
  std::string detach_keys = {};  ///< bytes (parse_detach_keys)
  std::function<void(const std::string&)> warn;
};

/// Something for the supervisor of a container that may have ended meanwhile, and it with that: no error
/// then.
void tell_supervisor(const Channel& supervisor, Message message, const std::vector<std::string>& fields = {});

/// Follows a container by its supervisor's socket: shows what it writes, and passes on what is typed and
/// signals, until it has ended, or until the detach keys are typed: nothing then. Throws Error where the
/// supervisor is killed meanwhile (the container then goes on).
std::optional<ExitRecord> attach(const Channel& supervisor, const Record& record, const Store& store,
                                 const AttachOptions& options);

}  // namespace sdcont
