#pragma once

#include <functional>
#include <string>

#include "state/store.h"

namespace sdcont {

/// A command to be executed in a container that runs.
struct ExecRequest {
  Process process;          ///< all of it: see exec_process
  bool detach = false;      ///< -d
  std::string detach_keys;  ///< bytes (parse_detach_keys)
  std::function<void(const std::string&)> warn;
};

/// Executes it and, in the foreground, stays with it: returns its status, as a shell gives it. Throws Error
/// with the status of `sdcont run` where it cannot be executed: 125, 126, 127.
int exec_in_container(const Record& record, const ExecRequest& request, const StorePaths& paths);

}  // namespace sdcont
