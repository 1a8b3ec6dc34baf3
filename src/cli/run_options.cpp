#include "cli/run_options.h"

#include "cli/parser.h"
#include "util/error.h"

namespace sdcont {
namespace {

constexpr unsigned kMostDescriptors = 1 << 20;  // of a process: fs.nr_open by default

void declare_process(Parser& parser, RunOptions& options) {
  parser.flag("-i,--interactive", options.interactive, "keep the standard input open");
  parser.flag("-t,--tty", options.terminal, "give the command a terminal");
  parser.option("-e,--env,-E,--setenv", options.env, "NAME[=VALUE]",
                "set an environment variable, or pass on ours");
  parser.option("--env-file", options.env_files, "FILE", "read environment variables from a file");
  parser.option("--entrypoint", options.entrypoint, "COMMAND", "instead of the image's own; \"\" is none",
                true);
  parser.option("-w,--workdir", options.workdir, "DIR", "working directory in the container");
  parser.option("-u,--user", options.user, "USER[:GROUP]", "who the command runs as: names or numbers");
  parser.option("--ulimit", options.ulimits, "NAME=SOFT[:HARD]",
                "a resource limit of the process (nofile, nproc, …)");
  parser.option("--sysctl", options.sysctls, "NAME=VALUE", "a kernel setting of the container's namespaces");
  parser.option("--oom-score-adj", options.oom_score_adj, "N",
                "-1000 to 1000: less or more likely to be killed");
  parser.option("--nice", options.nice, "N", "-20 to 19: scheduling priority");
  parser.flag("--init", options.init, "run a small init as PID 1 that reaps and passes on signals");
  parser.option("--preserve-fds", options.preserve_fds, "N", "pass on the descriptors 3 to N+2")
      ->check([](const std::string& word) {
        return parse_unsigned(word) ? "" : "'" + word + "' is not a number of descriptors";
      });
}

void declare_identity(Parser& parser, RunOptions& options) {
  parser.option("--name", options.name, "NAME", "name of the container");
  parser.option("-h,--hostname", options.hostname, "NAME", "host name in the container");
  parser.option("-l,--label", options.labels, "NAME[=VALUE]", "a label");
  parser.choice("--pull", options.pull, {"missing", "always", "never"},
                "when to take the image from a registry");
  parser.option("--platform", options.platform, "OS/ARCH[/VARIANT]", "of an image that is pulled");
  parser.flag("--rm", options.remove, "remove the container when it has ended");
  parser.option("--cidfile", options.cidfile, "FILE", "write the container's id to a file");
  parser.option("--pidfile", options.pidfile, "FILE", "write the pid of the container's init to a file");
  parser.option("--timeout", options.timeout, "TIME", "stop the container after this time");
  parser.option("--stop-signal", options.stop_signal, "SIGNAL", "how it is asked to stop (default: SIGTERM)");
  parser.option("--stop-timeout", options.stop_timeout, "TIME",
                "how long it may take to stop (default: 10s)");
}

void declare_isolation(Parser& parser, RunOptions& options) {
  parser.option("--network,--net", options.network, "none|host", "network (default: none, loopback only)");
  parser.option("--pid", options.pid, "host", "share the host's processes");
  parser.option("--ipc", options.ipc, "host", "share the host's IPC");
  parser.option("--uts", options.uts, "host", "share the host's name");
  parser.option("-v,--volume", options.volumes, "[SRC:]DST[:ro]",
                "show a directory or file of the host, or a volume");
  parser.option("--mount", options.mounts, "type=bind|volume|tmpfs,…", "a mount, in docker's long form");
  parser.option("--tmpfs", options.tmpfs, "DST[:OPTIONS]", "a file system in memory");
  parser.flag("--read-only", options.read_only, "the root cannot be written");
  parser.option("--storage-opt", options.storage, "size=BYTES", "limit what is written over the root");
  parser.option("--shm-size", options.shm_size, "BYTES", "size of /dev/shm (default: 64M)");
  parser.option("--device", options.devices, "DEV[:PATH][:rwm]", "give a device of the host");
  parser.option("--device-cgroup-rule", options.device_rules, "RULE", "a device rule: 'c 10:229 rwm'");
  parser.option("--cap-add", options.cap_add, "CAP", "add a capability, or ALL");
  parser.option("--cap-drop", options.cap_drop, "CAP", "drop a capability, or ALL");
  parser.flag("--privileged", options.privileged, "all capabilities and devices, nothing masked");
  parser.option("--security-opt", options.security, "OPTION", "no-new-privileges");
  parser.option("--add-host", options.extra_hosts, "NAME:ADDRESS", "a line of /etc/hosts");
}

void declare_scope(Parser& parser, RunOptions& options) {
  parser.option("--unit", options.unit, "NAME", "name of the scope (default: sdcont-NAME.scope)");
  parser.option("--slice,--cgroup-parent", options.slice, "SLICE",
                "slice of the scope (default: sdcont.slice)");
  parser.flag("--slice-inherit", options.slice_inherit, "a slice below the caller's own");
  parser.option("--description", options.description, "TEXT", "description of the scope", true);
  parser.choice("--limits", options.limits, {"strict", "best-effort"},
                "refuse (default) or warn where a limit cannot be had");
  parser.app().add_flag("--summary{text}", options.summary,
                        "at the end, tell how it ended and what it used; =json");
  parser.flag("--dry-run", options.dry_run, "print what would be run, and do nothing");
  parser.flag("-q,--quiet", options.quiet, "no warnings");
  parser.option("-p", options.short_p, "PROPERTY=VALUE", "as --property");
}

void declare_limits(Parser& parser, RunOptions& options) {
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      if (*flag.metavar == '\0') {
        parser.app().add_flag_callback(
            flag.names, [&options, &flag] { options.limit_words.emplace_back(&flag, ""); }, flag.help);
        continue;
      }
      const auto keep = [&options, &flag](const std::vector<std::string>& words) {
        for (const std::string& word : words) {  // docker takes -m=64M
          options.limit_words.emplace_back(&flag, word.starts_with('=') ? word.substr(1) : word);
        }
      };
      auto* option = parser.app().add_option_function<std::vector<std::string>>(flag.names, keep, flag.help);
      option->type_name(flag.metavar)->expected(1)->allow_extra_args(false);
      option->multi_option_policy(flag.repeats ? CLI::MultiOptionPolicy::TakeAll
                                               : CLI::MultiOptionPolicy::TakeLast);
    }
  }
}

}  // namespace

std::optional<RunOptions> parse_run_options(const std::vector<std::string>& args) {
  RunOptions options;
  Parser parser("sdcont run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", Options::first);
  declare_limits(parser, options);
  declare_process(parser, options);
  declare_isolation(parser, options);
  declare_identity(parser, options);
  declare_scope(parser, options);
  Parser::Result result = parser.parse(args);
  if (result.help) return std::nullopt;
  if (result.rest.empty()) throw Error("sdcont run: no IMAGE was given").remedy("see sdcont run --help");
  if (options.preserve_fds > kMostDescriptors)
    throw Error("--preserve-fds " + std::to_string(options.preserve_fds) + ": so many cannot be open");
  options.image = std::move(result.rest.front());
  options.command.assign(result.rest.begin() + 1, result.rest.end());
  return options;
}

}  // namespace sdcont
