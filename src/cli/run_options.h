#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/option_file.h"
#include "limits/limits.h"

namespace sdcont {

enum class RunKind { run, create };

/// The words of `sdcont run` and `sdcont create`, not yet understood.
struct RunOptions {
  RunKind kind = RunKind::run;
  std::string image;
  std::vector<std::string> command;

  bool interactive = false, terminal = false, remove = false, init = false, read_only = false,
       privileged = false;
  bool replace = false;
  bool slice_inherit = false, dry_run = false, quiet = false, detach = false;
  bool no_rootfs = false, collect = false, wait = false, pipe = false, no_block = false;
  bool register_machine = false;
  std::string systemd;  ///< true, false, always; empty where --systemd was not said
  std::string uid, gid, sdnotify = "container", cgroups = "enabled";
  std::string name, hostname, user, workdir, cidfile, pidfile;
  std::string network = "none", pid, ipc, uts;
  std::string shm_size, stop_signal, stop_timeout, timeout, oom_score_adj, nice;
  std::optional<std::string> entrypoint;  ///< empty: none, whatever the image has
  std::string pull = "missing", platform;
  std::string unit, slice, description, limits = "strict", summary;
  std::string restart, log_driver, detach_keys, sig_proxy = "true";
  uint64_t preserve_fds = 0;
  std::vector<std::string> env, env_files, volumes, mounts, tmpfs, devices, device_rules, cap_add, cap_drop;
  std::vector<std::string> attach;  ///< stdin, stdout, stderr; none given: all that there are
  std::vector<std::string> set_credentials, load_credentials;
  std::vector<std::string> log_options, storage, security, ulimits, sysctls, labels, extra_hosts, short_p;
  std::vector<OptionLine> lines;  ///< of files, for messages
  /// Each limit that was asked for, with its words, in the order of the command line.
  std::vector<std::pair<const LimitFlag*, std::string>> limit_words;
};

/// Declares and reads the options of `sdcont run` or `sdcont create`; nothing where only --help was asked
/// for. `defaults` are those of sdcont.conf, which come first.
std::optional<RunOptions> parse_run_options(RunKind kind, const std::vector<std::string>& args,
                                            const std::vector<OptionLine>& defaults = {});

/// Throws Error where `sdcont run` has no such option; one without a name is a word as it stands.
void check_run_option(const OptionLine& line);

/// Whether sdcont.conf may have it: a limit, or one of few others.
bool is_default_option(const std::string& name);

/// Whether the client in the foreground has a stream ("stdout"): all but standard input, where -a names none.
bool attaches(const RunOptions& options, const char* stream);

}  // namespace sdcont
