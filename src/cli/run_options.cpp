#include "cli/run_options.h"

#include <algorithm>

#include "cli/limit_options.h"
#include "cli/no_rootfs.h"
#include "cli/parser.h"
#include "cli/systemd_inside.h"
#include "cli/systemd_words.h"
#include "util/error.h"
#include "util/text.h"

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
  parser.option("--set-credential", options.set_credentials, "ID:VALUE",
                "a secret for the command, as a file in $CREDENTIALS_DIRECTORY");
  parser.option("--load-credential", options.load_credentials, "ID[:PATH]",
                "the same, read at each start from a file, directory or socket, or by name");
  parser.flag("--init", options.init, "run a small init as PID 1 that reaps and passes on signals");
}

void declare_identity(Parser& parser, RunOptions& options) {
  parser.option("--name", options.name, "NAME", "name of the container");
  parser.flag("--replace", options.replace, "remove the container that has the name, if there is one");
  parser.option("-h,--hostname", options.hostname, "NAME", "host name in the container");
  parser.option("-l,--label", options.labels, "NAME[=VALUE]", "a label");
  parser.choice("--pull", options.pull, {"missing", "always", "never"},
                "when to take the image from a registry");
  parser.option("--platform", options.platform, "OS/ARCH[/VARIANT]", "of an image that is pulled");
  parser.flag("--rm", options.remove, "remove the container when it has ended");
  parser.option("--cidfile", options.cidfile, "FILE", "write the container's id to a file");
  parser.option("--timeout", options.timeout, "TIME", "stop the container after this time");
  parser.option("--stop-signal", options.stop_signal, "SIGNAL", "how it is asked to stop (default: SIGTERM)");
  parser.option("--stop-timeout", options.stop_timeout, "TIME",
                "how long it may take to stop (default: 10s)");
}

void declare_life(Parser& parser, RunOptions& options) {
  parser.option("--restart", options.restart, "no|on-failure[:N]|always",
                "run the command again when it has ended");
  parser.option("--log-driver", options.log_driver, "journald|json-file|none|passthrough",
                "where what it writes is kept");
  parser.option("--log-opt", options.log_options, "NAME=VALUE",
                "json-file: max-size, max-file; journald: tag");
}

// docker's words, in any case.
std::string is_stream(std::string& word) {
  const std::string name = lower(word);
  if (name != "stdin" && name != "stdout" && name != "stderr")
    return "'" + word + "' is not available; it can be stdin, stdout or stderr";
  word = name;
  return "";
}

void check_streams(const RunOptions& options) {
  if (options.attach.empty()) return;
  if (options.detach)
    throw Error("-a and -d: nobody stays with its streams").remedy("leave one of them away");
  const bool some = !attaches(options, "stdout") || !attaches(options, "stderr");
  if (some && options.log_driver == "passthrough") {
    throw Error("-a and --log-driver passthrough: the container has all of the caller's streams itself")
        .remedy("leave one of them away");
  }
}

// What only a container that runs at once has.
void declare_start(Parser& parser, RunOptions& options) {
  parser.flag("-d,--detach", options.detach, "print the id, and let it run by itself");
  parser.option("-a,--attach", options.attach, "stdin|stdout|stderr", "stay with these of its streams alone",
                is_stream);
  parser.option("--detach-keys", options.detach_keys, "KEYS",
                "what is typed to leave it running (default: ctrl-p,ctrl-q)", true);
  parser.choice("--sig-proxy", options.sig_proxy, {"true", "false"}, "pass signals on to it");
  parser.flag("--summary", options.summary, "text", "text|json",
              "at the end, tell how it ended and what it used");
  parser.flag("--dry-run", options.dry_run, "print what would be run, and do nothing");
  parser.option("--pidfile", options.pidfile, "FILE", "write the pid of the container's init to a file");
  parser.option("--preserve-fds", options.preserve_fds, "N", "pass on the descriptors 3 to N+2");
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
  parser.flag("-q,--quiet", options.quiet, "no warnings");
  parser.option("-p", options.short_p, "PROPERTY=VALUE", "as --property");
}

void declare_all(Parser& parser, RunOptions& options) {
  declare_limits(parser, options.limit_words);
  declare_process(parser, options);
  declare_isolation(parser, options);
  declare_identity(parser, options);
  declare_life(parser, options);
  declare_scope(parser, options);
  declare_systemd_words(parser, options);
  declare_systemd_inside(parser, options);
  if (options.kind == RunKind::run) declare_start(parser, options);
}

/// The options that sdcont.conf may have beside the limits.
constexpr const char* kDefaults[] = {"slice", "log-driver", "log-opt", "stop-timeout", "ulimit", "limits"};

/// What a file says that is no option.
struct FileImage {
  std::optional<std::string> image;
  std::vector<std::string> command;
};

void add_file(const Parser& parser, const std::string& path, std::vector<std::string>& words,
              FileImage& image, RunOptions& options) {
  for (OptionLine& line : read_option_lines(path)) {
    if (line.name == "option-file") throw Error(line.place() + "a file of options cannot name another");
    if (line.name == "image") {
      if (line.value.empty()) throw Error(line.place() + "the image is empty");
      image.image = line.value;
    } else if (line.name == "command") {
      try {
        image.command = split_command(line.value);
      } catch (const Error& error) {
        throw Error(line.place() + error.what());
      }
    } else {
      const auto more = option_words(parser, line);
      words.insert(words.end(), more.begin(), more.end());
    }
    options.lines.push_back(std::move(line));
  }
}

/// The words, with those of each --option-file in its place.
std::vector<std::string> expand(const Parser& parser, const std::vector<std::string>& args, FileImage& image,
                                RunOptions& options) {
  const std::string flag = "--option-file";
  std::vector<std::string> words;
  size_t i = 0;
  while (i < args.size()) {
    const size_t count = parser.count_words(args[i]);
    if (count == 0) break;
    if (args[i].starts_with(flag + "=")) {
      add_file(parser, args[i].substr(flag.size() + 1), words, image, options);
    } else if (args[i] == flag && i + 1 < args.size()) {
      add_file(parser, args[i + 1], words, image, options);
    } else {
      for (size_t j = i; j < std::min(i + count, args.size()); ++j) words.push_back(args[j]);
    }
    i += count;
  }
  for (; i < args.size(); ++i) words.push_back(args[i]);
  return words;
}

/// IMAGE and COMMAND: a file's, if it has them, with the COMMAND of the command line before its.
void take_image(Parser::Result result, FileImage file, const std::string& name, RunOptions& options) {
  if (options.no_rootfs && file.image)
    throw Error("--no-rootfs: the file names an image").remedy("leave one of them away");
  if (!options.no_rootfs && file.image) result.rest.insert(result.rest.begin(), *file.image);
  if (options.no_rootfs) result.rest.insert(result.rest.begin(), kNoImage);
  if (result.rest.size() == 1)
    result.rest.insert(result.rest.end(), file.command.begin(), file.command.end());
  if (result.rest.size() < (options.no_rootfs ? 2 : 1)) {
    throw Error(name + (options.no_rootfs ? ": no COMMAND was given" : ": no IMAGE was given"))
        .remedy("see " + name + " --help");
  }
  options.image = std::move(result.rest.front());
  if (options.systemd == "true" && (options.image == "always" || options.image == "false")) {
    throw Error(name + ": --systemd has its value behind '=': '" + options.image + "' would be the image")
        .remedy("write --systemd=" + options.image);
  }
  if (!options.no_rootfs && options.image == kNoImage)
    throw Error("'<none>' is no image").remedy("for this machine's own root say --no-rootfs");
  options.command.assign(result.rest.begin() + 1, result.rest.end());
}

}  // namespace

bool attaches(const RunOptions& options, const char* stream) {
  const auto& asked = options.attach;
  return asked.empty() || std::find(asked.begin(), asked.end(), stream) != asked.end();
}

bool is_default_option(const std::string& name) {
  if (std::find(std::begin(kDefaults), std::end(kDefaults), name) != std::end(kDefaults)) return true;
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      for (const std::string& known : split(flag.names, ',')) {
        if (known == "--" + name) return true;
      }
    }
  }
  return false;
}

void check_run_option(const OptionLine& line) {
  if (line.name.empty()) return;
  RunOptions options;
  Parser parser("sdcont run", "", Options::first);
  declare_all(parser, options);
  if (parser.find("--" + line.name) == nullptr) throw Error("sdcont run has no --" + line.name);
}

std::optional<RunOptions> parse_run_options(RunKind kind, const std::vector<std::string>& args,
                                            const std::vector<OptionLine>& defaults) {
  RunOptions options;
  options.kind = kind;
  const std::string name = kind == RunKind::run ? "sdcont run" : "sdcont create";
  Parser parser(name, "[OPTIONS] IMAGE [COMMAND] [ARG...]", Options::first);
  declare_all(parser, options);
  std::string option_file;
  parser.option("--option-file", option_file, "FILE",
                "options from a file: NAME = VALUE, one a line; image, command");
  std::vector<std::string> words;
  const bool asked = !args.empty() && (args[0] == kManualWord || args[0] == kCompleteWord);
  for (const OptionLine& line : asked ? std::vector<OptionLine>() : defaults) {
    for (std::string& word : option_words(parser, line)) words.push_back(std::move(word));
    options.lines.push_back(line);
  }
  FileImage file;
  for (std::string& word : expand(parser, args, file, options)) words.push_back(std::move(word));
  try {
    Parser::Result result = parser.parse(words);
    if (result.help) return std::nullopt;
    if (options.no_rootfs) check_no_rootfs(parser);
    settle_systemd_words(options);
    if (options.preserve_fds > kMostDescriptors)
      throw Error("--preserve-fds " + std::to_string(options.preserve_fds) + ": so many cannot be open");
    check_streams(options);
    take_image(std::move(result), std::move(file), name, options);
  } catch (const Error& error) {
    throw with_place(error, options.lines);
  }
  return options;
}

}  // namespace sdcont
