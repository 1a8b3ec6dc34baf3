#include "rootfs/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "rootfs/device.h"
#include "rootfs/etc_files.h"
#include "rootfs/host_view.h"
#include "rootfs/resolve.h"
#include "rootfs/volume.h"
#include "spec/names.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kPlain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;
constexpr size_t kMachineIdDigits = 32;
constexpr size_t kMaxLayerName = 200;  // of NAME_MAX's 255

/// On v1, where a limit is one file as on v2 it has v2's name too.
struct LimitLink {
  const char* controller;
  const char* v2_name;
  const char* v1_name;
};
constexpr LimitLink kLimitLinks[] = {{"memory", "memory.max", "memory.limit_in_bytes"},
                                     {"pids", "pids.max", "pids.max"}};

using Steps = std::vector<MountStep>;
using Options = std::vector<std::pair<std::string, std::string>>;

/// A file system of the container's own. Its target is never looked for through a link of the root.
MountStep own(const std::string& type, const std::string& target, uint64_t attributes, Options options = {}) {
  MountStep step;
  step.kind = MountKind::filesystem;
  step.target = target;
  step.source = type;
  step.attributes = attributes;
  step.options = std::move(options);
  step.follow = false;
  return step;
}

MountStep own_directory(const std::string& target, mode_t mode) {
  return {.kind = MountKind::directory, .target = target, .mode = mode, .follow = false};
}

MountStep link(const std::string& target, const std::string& text) {
  return {.kind = MountKind::symlink, .target = target, .source = text, .follow = false};
}

/// Steps for the default devices, the host's for a privileged container, and the user's; of two with one path
/// the last counts.
Steps plan_devices(const ContainerSpec& spec, const RootContext& context) {
  std::vector<Device> devices = default_devices();
  if (spec.privileged)
    devices.insert(devices.end(), context.host_devices.begin(), context.host_devices.end());
  devices.insert(devices.end(), spec.devices.begin(), spec.devices.end());
  Steps steps;
  std::map<std::string, size_t> known;
  for (const Device& device : devices) {
    const std::string path = clean_path(device.path);
    const auto [found, is_new] = known.emplace(path, steps.size());
    if (is_new) {
      steps.push_back({.kind = MountKind::device, .target = path, .follow = !is_within(path, "/dev")});
    }
    steps[found->second].device = device;
  }
  return steps;
}

bool is_in_dev(const MountStep& step) { return is_within(step.target, "/dev"); }

/// By the container's own procfs: the host's would keep an entry for each network namespace, and look through
/// them all for the next.
MountStep sysctl(std::string name, const std::string& value) {
  std::replace(name.begin(), name.end(), '.', '/');
  return {.kind = MountKind::sysctl, .target = "/proc/sys/" + name, .source = value};
}

/// /proc, /sys and /dev, with `devices` that are in it.
void add_kernel_mounts(const ContainerSpec& spec, const Steps& devices, Steps& steps) {
  steps.push_back(own("proc", "/proc", kPlain));
  for (const auto& [name, value] : spec.sysctl) steps.push_back(sysctl(name, value));
  steps.push_back(own("sysfs", "/sys", kPlain | (spec.privileged ? 0 : MOUNT_ATTR_RDONLY)));
  steps.push_back(own("tmpfs", "/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
                      {{"size", "65536k"}, {"mode", "755"}}));
  std::copy_if(devices.begin(), devices.end(), std::back_inserter(steps), is_in_dev);
  // 5 is the group tty in every distribution. Each devpts is an instance of its own since Linux 4.7.
  steps.push_back(own("devpts", "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                      {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}}));
  steps.push_back(link("/dev/ptmx", "pts/ptmx"));
  steps.push_back(link("/dev/fd", "/proc/self/fd"));
  steps.push_back(link("/dev/stdin", "/proc/self/fd/0"));
  steps.push_back(link("/dev/stdout", "/proc/self/fd/1"));
  steps.push_back(link("/dev/stderr", "/proc/self/fd/2"));
  steps.push_back(link("/dev/core", "/proc/kcore"));
  if (spec.namespaces.host_ipc) {
    steps.push_back({.kind = MountKind::bind,
                     .target = "/dev/shm",
                     .source = "/dev/shm",
                     .attributes = kPlain,
                     .follow = false});
  } else {
    steps.push_back(
        own("tmpfs", "/dev/shm", kPlain, {{"mode", "1777"}, {"size", std::to_string(spec.shm_size)}}));
  }
  // The kernel has one mqueue file system per ipc namespace: with --ipc host this is the host's.
  steps.push_back(own("mqueue", "/dev/mqueue", kPlain));
  steps.back().optional = true;
}

void add_etc_file(const ContainerSpec& spec, const std::string& target, std::string content, Steps& steps) {
  steps.push_back({.kind = MountKind::file,
                   .target = target,
                   .source = std::move(content),
                   .attributes = kPlain | (spec.root.readonly ? MOUNT_ATTR_RDONLY : 0)});
}

void add_etc_files(const ContainerSpec& spec, const RootContext& context, Steps& steps) {
  std::string hosts = hosts_file(spec.hostname, spec.extra_hosts);
  if (spec.namespaces.host_network && !context.hosts.empty()) {
    hosts = context.hosts;
    if (hosts.back() != '\n') hosts += '\n';
    for (const std::string& line : spec.extra_hosts) hosts.append(line).append("\n");
  }
  add_etc_file(spec, "/etc/hosts", std::move(hosts), steps);
  if (!spec.hostname.empty()) add_etc_file(spec, "/etc/hostname", spec.hostname + "\n", steps);
  add_etc_file(spec, "/etc/resolv.conf", context.resolv_conf, steps);
}

MountStep content(const std::string& target, std::string text) {
  return {.kind = MountKind::file,
          .target = target,
          .source = std::move(text),
          .attributes = kPlain | MOUNT_ATTR_RDONLY};
}

/// What a systemd finds in its container, beside what all containers have:
/// https://systemd.io/CONTAINER_INTERFACE. Its /run is there already.
void add_systemd_interface(const ContainerSpec& spec, const RootContext& context, Steps& steps) {
  steps.push_back(own("tmpfs", "/run/lock", kPlain, {{"mode", "1777"}}));
  steps.push_back(own("tmpfs", "/tmp", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, {{"mode", "1777"}}));
  steps.push_back(content("/run/host/container-manager", "sdcont\n"));
  steps.push_back(content("/run/host/container-uuid", container_uuid(spec.id) + "\n"));
  if (!context.os_release.empty()) steps.push_back(content("/run/host/os-release", context.os_release));
  // A mount there is what systemd takes for one that is to be made lasting, for which a container has no
  // rights.
  MountStep machine_id = content("/etc/machine-id", spec.id.substr(0, kMachineIdDigits) + "\n");
  if (!spec.root.readonly) {
    machine_id.kind = MountKind::own_file;
    machine_id.mode = 0444;
    machine_id.follow = false;
  }
  steps.push_back(std::move(machine_id));
}

size_t depth(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

/// The user's mounts, with the files of /etc and the devices that are not in /dev. Parents come before
/// children, so that a volume at /etc has those files too. What a volume covers is left out, but for the root
/// at the front.
void add_volumes(const ContainerSpec& spec, const RootContext& context, const Steps& devices, Steps& steps) {
  Steps volumes;
  for (const Mount& mount : spec.mounts) volumes.push_back(plan_volume(mount, spec.privileged));
  Steps sorted;
  add_etc_files(spec, context, sorted);
  std::remove_copy_if(devices.begin(), devices.end(), std::back_inserter(sorted), is_in_dev);
  for (const MountStep& volume : volumes) {
    const auto is_covered = [&](const MountStep& step) { return is_within(step.target, volume.target); };
    const auto is_replaced = [&](const MountStep& step) { return step.target == volume.target; };
    steps.erase(std::remove_if(steps.begin() + 1, steps.end(), is_covered), steps.end());
    std::erase_if(sorted, is_replaced);
  }
  std::move(volumes.begin(), volumes.end(), std::back_inserter(sorted));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const MountStep& a, const MountStep& b) { return depth(a.target) < depth(b.target); });
  std::move(sorted.begin(), sorted.end(), std::back_inserter(steps));
}

/// What makes paths unseen or read-only; after all that could still write or uncover something.
void add_restrictions(const ContainerSpec& spec, Steps& steps) {
  const auto is_overlay = [](const MountStep& step) { return step.kind == MountKind::overlay; };
  Steps overlays;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(overlays), is_overlay);
  if (!spec.privileged) {
    for (const std::string& path : spec.masked_paths) {
      steps.push_back({.kind = MountKind::mask, .target = clean_path(path)});
    }
    for (const std::string& path : spec.readonly_paths) {
      steps.push_back({.kind = MountKind::readonly_path, .target = clean_path(path)});
    }
  }
  if (!spec.root.readonly) return;
  // Nobody can make it later.
  if (spec.process.cwd.starts_with('/') && !is_within(clean_path(spec.process.cwd), "/proc")) {
    steps.push_back({.kind = MountKind::directory, .target = clean_path(spec.process.cwd)});
  }
  for (const MountStep& overlay : overlays) {
    steps.push_back({.kind = MountKind::readonly_mount,
                     .target = overlay.target,
                     .follow = false,
                     .optional = overlay.optional});
  }
}

/// A systemd inside makes cgroups in its own hierarchy, and on v1 in those of the controllers that it knows.
bool is_systemds(const std::string& controller) {
  static constexpr std::array<std::string_view, 8> kKnown = {"",        "name=systemd", "blkio",  "cpu",
                                                             "cpuacct", "devices",      "memory", "pids"};
  return std::find(kKnown.begin(), kKnown.end(), controller) != kKnown.end();
}

/// Who may write there may change what is below, not the container's own limits.
void keep_limits(const ContainerSpec& spec, Steps& steps) {
  if (!spec.systemd || spec.privileged) return;
  const size_t count = steps.size();
  for (size_t i = 0; i < count; ++i) {
    const bool writable = (steps[i].attributes & MOUNT_ATTR_RDONLY) == 0;
    if (steps[i].kind != MountKind::cgroup || !writable) continue;
    steps.push_back({.kind = MountKind::cgroup_limits, .target = steps[i].target, .follow = false});
  }
}

MountStep cgroup(const std::string& controller, const std::string& target, uint64_t attributes,
                 Options options = {}) {
  MountStep step = own(controller, target, attributes, std::move(options));
  step.kind = MountKind::cgroup;
  return step;
}

/// On v1 the hierarchies are mounted in a directory each, which can be made before there is a cgroup.
struct CgroupSteps {
  Steps frame;
  Steps mounts;
};

CgroupSteps plan_cgroups(const ContainerSpec& spec, const RootContext& context) {
  const auto attributes_of = [&](const std::vector<std::string>& controllers) {
    const bool systemds = spec.systemd && std::all_of(controllers.begin(), controllers.end(), is_systemds);
    return kPlain | (spec.privileged || systemds ? 0 : MOUNT_ATTR_RDONLY);
  };
  if (context.unified) return {{}, {cgroup("", kCgroupRoot, attributes_of({""}))}};
  if (context.v1_hierarchies.empty()) return {};
  CgroupSteps steps;
  steps.frame.push_back(own("tmpfs", kCgroupRoot, kPlain, {{"mode", "755"}}));
  for (const std::vector<std::string>& controllers : context.v1_hierarchies) {
    const std::string base = std::string(kCgroupRoot) + "/";
    const std::string joined = join(controllers, ",");
    const uint64_t attributes = attributes_of(controllers);
    if (joined.empty()) {
      steps.mounts.push_back(cgroup("", base + "unified", attributes));
    } else if (joined.starts_with("name=")) {
      const std::string name = joined.substr(5);
      // systemd's hierarchy has extended attributes; the kernel warns where a later mount does not say the
      // same.
      Options options = {{"none", ""}, {"name", name}};
      if (name == "systemd") options.emplace_back("xattr", "");
      steps.mounts.push_back(cgroup(joined, base + name, attributes, std::move(options)));
    } else {
      Options options;
      for (const std::string& controller : controllers) options.emplace_back(controller, "");
      steps.mounts.push_back(cgroup(controllers.front(), base + joined, attributes, std::move(options)));
      for (const auto& [controller, v2_name, v1_name] : kLimitLinks) {
        if (std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
        steps.frame.push_back(link(base + v2_name, joined + "/" + v1_name));
      }
      if (controllers.size() > 1) {
        for (const std::string& controller : controllers)
          steps.frame.push_back(link(base + controller, joined));
      }
    }
    steps.frame.push_back(own_directory(steps.mounts.back().target, 0755));
  }
  if (!spec.privileged) {
    steps.mounts.push_back({.kind = MountKind::readonly_mount, .target = kCgroupRoot, .follow = false});
  }
  return steps;
}

}  // namespace

std::string layer_name(const std::string& mount_point) {
  if (mount_point == "/") return "0";
  std::string name;
  for (const char c : mount_point.substr(1)) {
    if (c == '/') {
      name += '-';
    } else if (c == '-' || c == '\\') {
      name += c == '-' ? "\\x2d" : "\\x5c";  // as systemd escapes paths
    } else {
      name += c;
    }
  }
  if (name.size() > kMaxLayerName) {
    uint64_t hash = 14695981039346656037U;  // FNV-1a
    for (const unsigned char c : name) hash = (hash ^ c) * 1099511628211U;
    name = name.substr(0, kMaxLayerName) + "." + std::to_string(hash);
  }
  return "mount-" + name;
}

MountPlan plan_mounts(const ContainerSpec& spec, const RootContext& context) {
  const bool host = spec.root.kind == Root::Kind::host;
  const uint64_t attributes = spec.privileged ? 0 : MOUNT_ATTR_NODEV;
  MountPlan plan;
  Steps& steps = plan.steps;
  const bool image = spec.root.kind == Root::Kind::image;
  std::vector<std::string> lowers = image ? spec.root.layers : std::vector{spec.root.path};
  // without a name of its own nothing is mounted on /etc/hostname
  const bool has_room = lowers.size() < kMaxLowers;
  if (!host && !spec.hostname.empty() && has_room) plan.mount_points = context.mount_points;
  if (!plan.mount_points.empty()) lowers.push_back(plan.mount_points);
  steps.push_back(plan_overlay("/", std::move(lowers), context.layer, attributes));
  if (host) {
    Steps view = plan_host_view(context, attributes);
    std::move(view.begin(), view.end(), std::back_inserter(steps));
  }
  if (host || spec.systemd)
    steps.push_back(own("tmpfs", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, {{"mode", "755"}}));
  if (spec.systemd) {
    add_systemd_interface(spec, context, steps);
  } else if (host) {
    steps.push_back(own_directory("/run/lock", 01777));
  }
  if (!context.notify_socket.empty()) {
    steps.push_back({.kind = MountKind::bind,
                     .target = kNotifySocket,
                     .source = context.notify_socket,
                     .attributes = kPlain});
  }
  const Steps devices = plan_devices(spec, context);
  add_kernel_mounts(spec, devices, steps);
  add_volumes(spec, context, devices, steps);
  if (!spec.credentials.empty()) {  // over all that the user has mounted
    steps.push_back({.kind = MountKind::credentials,
                     .target = kCredentialsDirectory,
                     .source = spec.process.user,
                     .attributes = kPlain | MOUNT_ATTR_RDONLY,
                     .options = context.credentials,
                     .follow = false});
  }
  add_restrictions(spec, steps);

  const bool replaced = std::any_of(steps.begin(), steps.end(), [](const MountStep& step) {
    return step.from_user && is_within(kCgroupRoot, step.target);
  });
  if (replaced) return plan;
  CgroupSteps cgroups = plan_cgroups(spec, context);
  std::move(cgroups.frame.begin(), cgroups.frame.end(), std::back_inserter(steps));
  plan.cgroups = std::move(cgroups.mounts);
  keep_limits(spec, plan.cgroups);
  return plan;
}

std::vector<std::string> default_masked_paths() {
  return {"/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware",
          "/sys/fs/selinux",
          "/sys/dev/block"};
}

std::vector<std::string> default_readonly_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

}  // namespace sdcont
