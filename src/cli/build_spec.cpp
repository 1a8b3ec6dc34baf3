#include "cli/build_spec.h"

#include <algorithm>
#include <set>

#include "cli/build_process.h"
#include "cli/build_scope.h"
#include "cli/host_facts.h"
#include "cli/image_root.h"
#include "cli/run_lifecycle.h"
#include "cli/systemd_inside.h"
#include "limits/devices.h"
#include "limits/quantity.h"
#include "rootfs/plan.h"
#include "rootfs/volume.h"
#include "spec/credentials.h"
#include "spec/environment.h"
#include "spec/names.h"
#include "spec/words.h"
#include "state/volumes.h"
#include "util/error.h"
#include "util/file.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr int64_t kDefaultPidsLimit = 2048;  // podman's

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
