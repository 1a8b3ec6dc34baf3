#pragma once

#include <optional>

#include "state/store.h"

namespace sdcont {

struct StopRequest {
  std::optional<int> signal = {};           ///< else the container's own
  std::optional<uint64_t> grace_usec = {};  ///< until SIGKILL; else the container's own
};

/// Ends a container that runs by its stop signal, and where that is not heard by SIGKILL. Returns once it has
/// ended and its record says how; at once where it does not run. Throws Error.
void stop_container(const Record& found, const StopRequest& request, Store& store);

/// Whoever kills a container means its end: its supervisor does not run the command again (--restart).
/// Returns once that is heard.
void forbid_restart(const Record& record, const Store& store);

/// Waits until a container has ended, and tells how; nothing of one that never ran. Throws Error where
/// its supervisor is killed.
std::optional<ExitRecord> await_exit(const Record& found, Store& store);

}  // namespace sdcont
