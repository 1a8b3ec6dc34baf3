#include "cli/systemd_words.h"

#include <unistd.h>

#include "util/error.h"

namespace sdcont {
namespace {

bool has_terminal() { return isatty(0) != 0 && isatty(1) != 0 && isatty(2) != 0; }

// systemd-run(1): with both, a terminal where we have one, else pipes.
void settle_pipe(RunOptions& options) {
  if (options.detach) {
    throw Error("--pipe passes the caller's standard input and output on, and with -d the caller leaves")
        .remedy("leave one of them away");
  }
  if (options.terminal && has_terminal()) {
    options.interactive = true;
    return;
  }
  options.terminal = false;
  options.interactive = true;
  if (options.log_driver.empty()) options.log_driver = "passthrough";
}

}  // namespace

void declare_systemd_words(Parser& parser, RunOptions& options) {
  parser.option("--uid", options.uid, "USER", "who the command runs as (systemd-run's word)");
  parser.option("--gid", options.gid, "GROUP", "its group (systemd-run's word)");
  parser.flag("-G,--collect", options.collect, "remove the unit also where it failed: this is always so");
  parser.choice("--sdnotify", options.sdnotify, {"container", "conmon", "ignore"},
                "who tells the service manager that it is ready");
  parser.choice("--cgroups", options.cgroups, {"enabled", "split"},
                "split: no scope, but a cgroup below that of the unit which runs us (Delegate=yes)");
  if (options.kind != RunKind::run) return;
  parser.flag("--no-rootfs", options.no_rootfs,
              "no IMAGE: the command has this machine's root and namespaces, in a scope of its own");
  parser.flag("--wait", options.wait, "wait for the end, and tell how it was: as --summary");
  parser.flag("-P,--pipe", options.pipe, "the command gets our standard input, output and error");
  parser.flag("--no-block", options.no_block, "not available: nothing runs before its limits hold");
}

void settle_systemd_words(RunOptions& options) {
  if (options.no_block) {
    throw Error(
        "--no-block: a command is run once its limits hold, so the start of its unit is always waited for")
        .remedy("-d does not wait for the command's end");
  }
  if (options.wait && options.detach)
    throw Error("--wait waits for the command's end, and -d does not").remedy("leave one of them away");
  if (options.wait && !options.quiet && options.summary.empty()) options.summary = "text";
  if (options.pipe) settle_pipe(options);
  if (!options.user.empty() && !(options.uid + options.gid).empty())
    throw Error("--user and --uid or --gid: both say who the command runs as")
        .remedy("leave one of them away");
}

std::string user_words(const RunOptions& options, const std::string& image_user) {
  if (!options.user.empty()) return options.user;
  std::string user = options.uid.empty() ? image_user : options.uid;
  if (options.gid.empty()) return user;
  user = user.substr(0, user.find(':'));
  return (user.empty() ? "0" : user) + ":" + options.gid;
}

}  // namespace sdcont
