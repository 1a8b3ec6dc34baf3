#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limits/limits.h"

namespace sdcont {

class Parser;

/// The words of `sdcont run`, not yet understood.
struct RunOptions {
  std::string image;
  std::vector<std::string> command;

  bool interactive = false, terminal = false, remove = false, init = false, read_only = false,
       privileged = false;
  bool slice_inherit = false, dry_run = false, quiet = false;
  std::string name, hostname, user, workdir, cidfile, pidfile;
  std::string network = "none", pid, ipc, uts;
  std::string shm_size, stop_signal, stop_timeout, timeout, oom_score_adj, nice;
  std::optional<std::string> entrypoint;  ///< empty: none, whatever the image has
  std::string pull = "missing", platform;
  std::string unit, slice, description, limits = "strict", summary;
  unsigned preserve_fds = 0;
  std::vector<std::string> env, env_files, volumes, mounts, tmpfs, devices, device_rules, cap_add, cap_drop;
  std::vector<std::string> storage, security, ulimits, sysctls, labels, extra_hosts, short_p;
  /// Each limit that was asked for, with its words, in the order of the command line.
  std::vector<std::pair<const LimitFlag*, std::string>> limit_words;
};

/// Declares and reads the options of `sdcont run`; nothing where only --help was asked for.
std::optional<RunOptions> parse_run_options(const std::vector<std::string>& args);

}  // namespace sdcont
