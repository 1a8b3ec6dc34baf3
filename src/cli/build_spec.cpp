#include "cli/build_spec.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "cli/host_facts.h"
#include "cli/image_root.h"
#include "cli/no_rootfs.h"
#include "cli/run_lifecycle.h"
#include "cli/systemd_inside.h"
#include "cli/systemd_words.h"
#include "limits/devices.h"
#include "limits/quantity.h"
#include "process/capabilities.h"
#include "process/rlimits.h"
#include "rootfs/plan.h"
#include "rootfs/volume.h"
#include "spec/credentials.h"
#include "spec/environment.h"
#include "spec/names.h"
#include "spec/words.h"
#include "state/volumes.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr const char* kDefaultSlice = "sdcont.slice";
constexpr int64_t kDefaultPidsLimit = 2048;  // podman's

int bounded_number(const std::string& text, const char* flag, int lowest, int highest) {
  const auto value = parse_signed(text);
  if (value && *value >= lowest && *value <= highest) return static_cast<int>(*value);
  throw Error(std::string(flag) + ": '" + printable(text) + "' is not a number from " +
              std::to_string(lowest) + " to " + std::to_string(highest));
}

bool share_host(const std::string& word, const char* flag) {
  if (word.empty() || word == "private") return false;
  if (word == "host") return true;
  throw Error(std::string(flag) + ": '" + printable(word) + "' is not available")
      .remedy("it can be host or private");
}

Namespaces build_namespaces(const RunOptions& options) {
  if (options.no_rootfs) return {true, true, true, true};
  if (options.network != "none" && options.network != "host") {
    throw Error("--network: '" + printable(options.network) + "' is not available")
        .remedy("it can be none or host");
  }
  return {options.network == "host", share_host(options.pid, "--pid"), share_host(options.ipc, "--ipc"),
          share_host(options.uts, "--uts")};
}

std::vector<std::string> build_capabilities(const RunOptions& options) {
  const auto all = all_capabilities();
  auto names = options.privileged || options.no_rootfs ? all : default_capabilities();
  const auto parse = [](const std::vector<std::string>& words, const char* flag) {
    std::vector<std::string> parsed;
    for (const std::string& word : words) parsed.push_back(parse_capability(word, flag));
    return parsed;
  };
  const auto added = parse(options.cap_add, "--cap-add");
  const auto dropped = parse(options.cap_drop, "--cap-drop");
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  // docker's order: ALL first, then the single ones, so that "drop ALL, add X" and "add ALL, drop X" both
  // work
  if (has(dropped, "ALL")) names.clear();
  if (has(added, "ALL")) names = all;
  for (const std::string& name : added) {
    if (name == "ALL" || has(names, name)) continue;
    if (!has(all, name))
      throw Error("--cap-add: we do not have " + name + " ourselves, so it cannot be given");
    names.push_back(name);
  }
  std::erase_if(names, [&](const std::string& name) { return has(dropped, name); });
  return names;
}

void check_preserved(unsigned count) {
  for (unsigned fd = 3; fd < 3 + count; ++fd) {
    if (fcntl(static_cast<int>(fd), F_GETFD) < 0) {
      throw Error("--preserve-fds " + std::to_string(count) + ": descriptor " + std::to_string(fd) +
                  " is not open");
    }
  }
}

// To tmpfs 0 would mean no limit; to docker it means the default.
uint64_t parse_shm_size(const std::string& text) {
  constexpr uint64_t kLeast = 4096;
  const uint64_t size = parse_bytes(text, "--shm-size");
  if (size == 0) return ContainerSpec().shm_size;
  if (size < kLeast || size == kUnlimited) {
    throw Error("--shm-size: '" + printable(text) + "' is not a size of 4 KiB or more");
  }
  return size;
}

// Below that, a file system would be its own tables.
std::optional<uint64_t> parse_storage(const RunOptions& options) {
  constexpr uint64_t kLeast = 4 << 20;
  std::optional<uint64_t> size;
  for (const std::string& word : options.storage) {
    if (!word.starts_with("size=")) {
      throw Error("--storage-opt: '" + printable(word) + "' is not available").remedy("it can be size=BYTES");
    }
    size = parse_bytes(word.substr(5), "--storage-opt size");
    if (*size < kLeast || *size == kUnlimited) {
      throw Error("--storage-opt: '" + printable(word) + "' is not a size of 4 MiB or more")
          .remedy("leave it away for no limit");
    }
  }
  if (size && options.read_only) {
    throw Error("--storage-opt limits what is written over the root, and with --read-only nothing is")
        .remedy("leave one of them away");
  }
  return size;
}

// docker's rules: a new entry point takes the image's command away, a command only itself.
std::vector<std::string> build_args(const RunOptions& options, const ImageConfig& image) {
  std::vector<std::string> args = image.entrypoint;
  if (options.entrypoint)
    args = options.entrypoint->empty() ? std::vector<std::string>() : std::vector{*options.entrypoint};
  const auto& command = options.command.empty() && !options.entrypoint ? image.cmd : options.command;
  args.insert(args.end(), command.begin(), command.end());
  if (args.empty())
    throw Error("no COMMAND was given, and the image has none of its own").remedy("name one after the image");
  if (args[0].empty()) throw Error("the COMMAND is empty");
  return args;
}

std::vector<std::string> asked_env(const RunOptions& options) {
  std::vector<std::string> asked;
  for (const std::string& file : options.env_files) read_env_file(file, asked);
  for (const std::string& word : options.env) parse_env(word, asked);
  return asked;
}

// Those of the image go over ours, and those that were asked for over all.
std::vector<std::string> build_env(const RunOptions& options, const ImageConfig& image,
                                   const std::string& hostname) {
  std::vector<std::string> env = {kDefaultPath, "HOSTNAME=" + hostname, "container=sdcont"};
  if (options.terminal) env.emplace_back("TERM=xterm");
  std::vector<std::string> of_image = image.env;
  std::erase_if(of_image, [](const std::string& entry) {
    return entry.find('=') == std::string::npos || entry[0] == '=';
  });
  set_env(env, of_image);
  set_env(env, asked_env(options));
  return env;
}

// What the container is run with, in an image's words. What sdcont adds by itself is not part of it.
ImageConfig build_config(const RunOptions& options, const ContainerSpec& spec, ImageConfig config) {
  if (options.entrypoint) {
    config.entrypoint =
        options.entrypoint->empty() ? std::vector<std::string>() : std::vector{*options.entrypoint};
    config.cmd.clear();
  }
  if (!options.command.empty()) config.cmd = options.command;
  std::erase_if(config.env, [](const std::string& entry) { return entry.find('=') == std::string::npos; });
  set_env(config.env, asked_env(options));
  config.user = user_words(options, config.user);
  if (!options.workdir.empty()) config.working_dir = options.workdir;
  if (!options.stop_signal.empty()) config.stop_signal = options.stop_signal;
  config.labels = spec.labels;
  return config;
}

std::string build_workdir(const RunOptions& options, const ImageConfig& image) {
  if (options.workdir.empty()) {
    if (image.working_dir.empty()) return "/";
    return image.working_dir[0] == '/' ? image.working_dir : "/" + image.working_dir;
  }
  if (options.workdir[0] != '/') {
    throw Error("--workdir: '" + printable(options.workdir) + "' is not an absolute path");
  }
  return options.workdir;
}

Process build_process(const RunOptions& options, const ImageConfig& image, const std::string& hostname,
                      const std::string& id) {
  Process process;
  process.terminal = options.terminal;
  process.stdin_open = options.interactive;
  process.stdin_once = options.interactive && !options.detach;
  if (options.terminal && options.interactive && is_foreground(options) && isatty(STDIN_FILENO) == 0) {
    throw Error("-i and -t: the standard input is not a terminal").remedy("leave -t away");
  }
  process.args = build_args(options, image);
  process.env = build_env(options, image, hostname);
  process.cwd = build_workdir(options, image);
  process.user = user_words(options, image.user);
  process.capabilities = build_capabilities(options);
  for (const std::string& word : options.ulimits) process.rlimits.push_back(parse_rlimit(word));
  for (const std::string& word : options.security) {
    const std::string name = word.substr(0, word.find_first_of("=:"));
    const std::string value = name.size() == word.size() ? "true" : word.substr(name.size() + 1);
    if (name != "no-new-privileges" || (value != "true" && value != "false")) {
      throw Error("--security-opt: '" + printable(word) + "' is not available")
          .remedy("it can be no-new-privileges[=true|false]");
    }
    process.no_new_privileges = value == "true";
  }
  if (!options.oom_score_adj.empty()) {
    process.oom_score_adj = bounded_number(options.oom_score_adj, "--oom-score-adj", -1000, 1000);
  }
  if (options.systemd == "always") set_env(process.env, {"container_uuid=" + container_uuid(id)});
  if (options.no_rootfs) inherit_from_caller(options, asked_env(options), process);
  if (!options.nice.empty()) process.nice = bounded_number(options.nice, "--nice", -20, 19);
  check_preserved(static_cast<unsigned>(options.preserve_fds));
  process.preserve_fds = static_cast<int>(options.preserve_fds);
  return process;
}

// The caller's slice, from its cgroup: "…/user.slice/user-0.slice/session-1.scope" is in user-0.slice.
std::string own_slice() {
  std::string slice;
  for (const std::string& line : split(read_file("/proc/self/cgroup"), '\n')) {
    if (!line.starts_with("0::") && line.find(":name=systemd:") == std::string::npos) continue;
    for (const std::string& part : split(line.substr(line.rfind(':') + 1), '/')) {
      if (part.ends_with(".slice")) slice = part;
    }
  }
  return slice;
}

std::string build_slice(const RunOptions& options) {
  std::string slice = options.slice.empty() ? kDefaultSlice : options.slice;
  if (!slice.ends_with(".slice")) slice += ".slice";
  check_slice(slice);
  if (!options.slice_inherit) return slice;
  const std::string own = own_slice();
  if (own.empty() || own == "-.slice") return slice;
  // as systemd-run has it: a.slice below own.slice is own-a.slice
  return options.slice.empty() ? own : own.substr(0, own.size() - std::string(".slice").size()) + "-" + slice;
}

Scope build_scope(const RunOptions& options, const ContainerSpec& spec) {
  Scope scope;
  scope.unit = unit_name(spec.name, options.unit);
  scope.slice = build_slice(options);
  scope.slice_inherit = options.slice_inherit;
  if (!options.unit.empty()) scope.asked.emplace_back("--unit");
  if (!options.slice.empty()) scope.asked.emplace_back("--slice");
  if (options.slice_inherit) scope.asked.emplace_back("--slice-inherit");
  if (!options.description.empty()) scope.asked.emplace_back("--description");
  scope.description = "sdcont container " + spec.name + " (" + printable(spec.image) + ")";
  if (options.no_rootfs) scope.description = "sdcont run " + printable(join(spec.process.args, " "));
  if (!options.description.empty())
    scope.description = printable(options.description);  // systemd takes UTF-8 alone
  return scope;
}

void check_split(const ContainerSpec& spec) {
  if (!systemd_booted()) {
    throw Error(
        "--cgroups split puts the container into its caller's unit, and there are no units: systemd is not "
        "running")
        .remedy("leave it away");
  }
  if (!spec.scope.asked.empty()) {
    throw Error("--cgroups split: there is no scope, so " + join(spec.scope.asked, ", ") +
                " would be of nothing")
        .remedy("set it in the unit");
  }
  if (spec.cgroup_manager == "systemd")
    throw Error("--cgroups split: the unit's cgroup was delegated to us, and systemd makes none in it")
        .remedy("leave --cgroup-manager systemd away");
}

Stop build_stop(const RunOptions& options, const ImageConfig& image) {
  Stop stop;
  const bool own = !options.stop_signal.empty();
  if (const std::string& word = own ? options.stop_signal : image.stop_signal; !word.empty()) {
    const auto signal = parse_signal(word);
    if (!signal) {
      throw Error(std::string(own ? "--stop-signal" : "the image's StopSignal") + ": '" + printable(word) +
                  "' is not a signal")
          .remedy(own ? "" : "--stop-signal gives another");
    }
    stop.signal = *signal;
  }
  if (!options.stop_timeout.empty())
    stop.grace_usec = parse_duration_usec(options.stop_timeout, "--stop-timeout");
  if (!options.timeout.empty()) {
    const uint64_t usec = parse_duration_usec(options.timeout, "--timeout");
    if (usec != kUnlimited && usec != 0) stop.run_timeout_usec = usec;  // 0 is none, as with podman
  }
  return stop;
}

// A volume is a bind of where its content is.
void resolve_volume(const StorePaths& paths, Mount& mount) {
  mount.volume = mount.anonymous ? random_id() : mount.source;
  mount.type = "bind";
  mount.source = volume_data(paths, mount.volume);
}

void build_mounts(const RunOptions& options, const ImageConfig& image, const StorePaths& paths,
                  ContainerSpec& spec) {
  for (const std::string& word : options.volumes) spec.mounts.push_back(parse_volume(word));
  for (const std::string& word : options.mounts) spec.mounts.push_back(parse_mount(word));
  for (const std::string& word : options.tmpfs) spec.mounts.push_back(parse_tmpfs(word));
  for (const std::string& path : image.volumes) {
    Mount volume = image_volume(path);
    const bool replaced = std::any_of(spec.mounts.begin(), spec.mounts.end(), [&](const Mount& mount) {
      return clean_path(mount.destination) == clean_path(volume.destination);
    });
    if (!replaced) spec.mounts.push_back(std::move(volume));
  }
  std::set<std::string> taken;
  for (Mount& mount : spec.mounts) {
    if (mount.type == "volume") resolve_volume(paths, mount);
    if (!taken.insert(mount.destination).second)
      throw Error("two mounts are to be at " + printable(mount.destination)).remedy("leave one of them out");
  }
}

void build_credentials(const RunOptions& options, ContainerSpec& spec) {
  for (const auto& [id, value] : given_credentials(options)) spec.credentials.push_back({id, {}});
  for (const std::string& word : options.load_credentials)
    spec.credentials.push_back(parse_load_credential(word));
  if (spec.credentials.empty()) return;
  std::set<std::string> taken;
  for (const Credential& credential : spec.credentials) {
    if (!taken.insert(credential.id).second)
      throw Error("two credentials are to be called " + printable(credential.id))
          .remedy("leave one of them out");
  }
  for (const Mount& mount : spec.mounts) {
    if (clean_path(mount.destination) == kCredentialsDirectory)
      throw Error("a mount is to be where the credentials are, at " + mount.destination)
          .remedy("leave one of them out");
  }
  set_env(spec.process.env, {std::string("CREDENTIALS_DIRECTORY=") + kCredentialsDirectory});
}

void build_devices(const RunOptions& options, ContainerSpec& spec) {
  for (const std::string& word : options.devices) {
    for (Device& device : parse_device(word)) spec.devices.push_back(std::move(device));
  }
  if (spec.privileged || options.no_rootfs) return;  // every device, so no rules
  spec.device_rules = default_device_rules();
  for (const Device& device : spec.devices) {
    spec.device_rules.push_back({true, device.type, device.major, device.minor, device.access});
  }
  for (const std::string& word : options.device_rules) spec.device_rules.push_back(parse_device_rule(word));
}

// The words alone run out where there are many containers.
std::string unused_name(const std::string& id, const StorePaths& paths) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = random_name();
    if (!exists(paths.root + "/names/" + name)) return name;
  }
  return random_name() + "_" + short_id(id);
}

void build_resources(const RunOptions& options, const StorePaths& paths, ContainerSpec& spec) {
  const HostFacts host = host_facts(paths, spec.split ? kCallersCgroup : spec.scope.slice);
  for (const auto& [flag, words] : options.limit_words) ask_limit(*flag, words, host, spec);
  for (const std::string& word : options.short_p) ask_limit(property_flag(), word, host, spec);
  validate_resources(spec, host);
  // said in systemd's words it is the same limit, which our default must not contradict
  if (!spec.resources.contains("systemd/TasksMax"))
    spec.resources.try_emplace("pids/limit", kDefaultPidsLimit);
}

ContainerSpec build(const RunOptions& options, const ImageRoot& image, const GlobalOptions& global) {
  const StorePaths& paths = global.paths;
  ContainerSpec spec;
  spec.cgroup_manager = global.cgroup_manager;
  spec.id = random_id();
  spec.name = options.name.empty() ? unused_name(spec.id, paths) : options.name;
  check_name(spec.name, "--name");
  spec.image = options.image;

  spec.root = image.root;
  spec.image_id = image.id;
  spec.root.readonly = options.read_only;
  spec.namespaces = build_namespaces(options);
  if (spec.namespaces.host_uts && !options.hostname.empty()) {
    throw Error("--hostname would change the host's own name, which --uts host shares")
        .remedy("leave one of them away");
  }
  spec.hostname = options.hostname.empty() ? short_id(spec.id) : options.hostname;
  check_hostname(spec.hostname);
  spec.privileged = options.privileged;
  spec.init = options.init;
  spec.systemd = options.systemd == "always";
  spec.registered = options.register_machine;
  spec.remove = options.remove;
  spec.process = build_process(options, image.config, spec.hostname, spec.id);
  spec.scope = build_scope(options, spec);
  spec.split = options.cgroups == "split";
  if (spec.split) check_split(spec);
  spec.notify = parse_notify(options.sdnotify);
  spec.stop = build_stop(options, image.config);
  spec.restart = parse_restart(options.restart);
  spec.logging = build_logging(options, spec.restart);
  if (spec.remove && spec.restart.policy != Restart::Policy::no)
    throw Error("--rm and --restart: a container is removed, or run again").remedy("leave one of them away");
  spec.best_effort = options.limits == "best-effort";
  spec.layer_size = parse_storage(options);
  if (!options.shm_size.empty()) spec.shm_size = parse_shm_size(options.shm_size);
  spec.labels = image.config.labels;
  for (const std::string& word : options.labels) parse_label(word, spec.labels);
  if (!spec.namespaces.host_network) {  // docker's: who is no root may ping, and listen below 1024
    spec.sysctl = {{"net.ipv4.ip_unprivileged_port_start", "0"},
                   {"net.ipv4.ping_group_range", "0 2147483647"}};
  }
  for (const std::string& word : options.sysctls) parse_sysctl(word, spec.namespaces, spec.sysctl);
  for (const std::string& word : options.extra_hosts) spec.extra_hosts.push_back(parse_extra_host(word));
  if (!spec.privileged && !options.no_rootfs) {
    spec.masked_paths = default_masked_paths();
    spec.readonly_paths = default_readonly_paths();
  }
  spec.config = build_config(options, spec, image.config);
  build_mounts(options, image.config, paths, spec);
  build_credentials(options, spec);
  build_devices(options, spec);
  build_resources(options, paths, spec);
  return spec;
}

}  // namespace

Notify parse_notify(const std::string& word) {
  if (word == "conmon") return Notify::supervisor;
  return word == "ignore" ? Notify::nobody : Notify::container;
}

CredentialValues given_credentials(const RunOptions& options) {
  CredentialValues values;
  for (const std::string& word : options.set_credentials) values.push_back(parse_set_credential(word));
  return values;
}

ContainerSpec build_spec(const RunOptions& options, const ImageRoot& image, const GlobalOptions& global) {
  try {
    return build(settle_systemd_inside(options, image.config), image, global);
  } catch (const Error& error) {
    throw with_place(error, options.lines);
  }
}

}  // namespace sdcont
