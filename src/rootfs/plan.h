#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "spec/container_spec.h"
#include "spec/credentials.h"

namespace sdcont {

/// One line of /proc/PID/mountinfo.
struct MountInfo {
  std::string root;         ///< within its file system
  std::string mount_point;  ///< unescaped
  std::string type;
  std::string source;
  std::vector<std::string> options;  ///< of the mount: "ro", "nosuid", …
  int id = 0;
  int parent = 0;
  std::vector<std::string> super_options;  ///< of the file system
};
std::vector<MountInfo> parse_mountinfo(const std::string& text);
std::vector<MountInfo> read_mountinfo(const std::string& path = "/proc/self/mountinfo");

/// The container's writable layers: `directory` holds, for each overlay, NAME/upper and NAME/work, where NAME
/// is layer_name() of the overlay's mount point. "0" is the root's.
struct WritableLayer {
  std::string directory;  ///< absolute, on a file system that an overlay's upper layer may be on
  /// Gone at the end: the overlay need not sync ("volatile"). The kernel mounts such a layer only once.
  bool throw_away = false;
};
/// One path component for a mount point, the same at every start of a container: "0" for "/".
std::string layer_name(const std::string& mount_point);

/// What has to be known beside the spec to plan its mounts.
struct RootContext {
  std::vector<MountInfo> host_mounts;  ///< for Root::Kind::host; may be empty otherwise
  WritableLayer layer;
  /// Directories of ours that the host view must not show (/var/lib/sdcont, …).
  std::vector<std::string> hidden;
  std::string mount_points;  ///< mount_points_in(); for Root::Kind::host unused
  bool unified = true;       ///< how /sys/fs/cgroup is built
  /// Controllers mounted together: {"cpu","cpuacct"}, {"name=systemd"}, …; {""} is the v2 hierarchy of a
  /// hybrid host.
  std::vector<std::vector<std::string>> v1_hierarchies;
  std::string resolv_conf;    ///< content of /etc/resolv.conf: host_resolv_conf() in rootfs/etc_files.h
  std::string hosts;          ///< the host's /etc/hosts, for a container in the host's network; else unused
  std::string notify_socket;  ///< of the host, for the command to say that it is ready; or empty
  std::string os_release;     ///< the host's /etc/os-release, for a systemd inside; else unused
  CredentialValues credentials;      ///< of the spec's; for a plan that is only shown, none
  std::vector<Device> host_devices;  ///< list_host_devices(), for a privileged container; else unused
};

enum class MountKind {
  overlay,     ///< lowers: directories of the host; layer: the directory of upper and work
  bind,        ///< source: a path of the host
  filesystem,  ///< source: the type ("tmpfs", "proc", …); options: its parameters
  file,        ///< source: the content of a regular file that is bound over the target
  device,      ///< device: a node, made or, where the kernel forbids that, bound from the host
  symlink,     ///< source: what the link says
  directory,   ///< made where it is missing; mode
  mask,        ///< nothing to be seen: an empty directory, or /dev/null over a file; a missing target is fine
  readonly_path,   ///< the target bound over itself, read-only; a missing target is fine
  credentials,     ///< options: the names and values; source: whose they are, as USER[:GROUP]
  sysctl,          ///< target: a file of the root's own /proc/sys; source: what is written to it
  own_file,        ///< source: the content of a regular file of the root's own, whatever was there before
  cgroup,          ///< source: one of its controllers ("" for v2); options: of the file system
  cgroup_limits,   ///< of the cgroup mounted at the target, all files but those that are delegated become
                   ///< read-only: its limits are not its own to change, the cgroups below it are
  readonly_mount,  ///< the mount at the target, without those below it, becomes read-only
};

/// When MountKind::own_file says that it was written: as long as it does, it is no change of the container's.
inline constexpr timespec kOwnFileTime{};

/// Of an overlay (OVL_MAX_STACK, fs/overlayfs/params.h).
inline constexpr size_t kMaxLowers = 500;

/// One thing to do to the container's root. Steps are performed in order.
struct MountStep {
  MountKind kind = MountKind::bind;
  std::string target;       ///< absolute, in the container; made where it is missing
  std::string source;       ///< see MountKind
  uint64_t attributes = 0;  ///< MOUNT_ATTR_*
  std::vector<std::pair<std::string, std::string>> options;  ///< of the file system; an empty value is a flag
  std::vector<std::string> lowers;                           ///< the topmost first
  std::string layer;
  Device device;
  mode_t mode = 0755;
  uint64_t propagation = MS_PRIVATE;  ///< of a bind: MS_PRIVATE, MS_SLAVE
  bool recursive = false;             ///< bind: with the mounts below the source
  /// Whether a target that is, or is below, a symbolic link is resolved inside the root; else it is refused.
  bool follow = true;
  /// What the host cannot show becomes an empty directory; a file system that the kernel lacks is left out.
  bool optional = false;
  bool fill = false;       ///< bind of a volume's _data: it gets the target's content where it is empty
  bool from_user = false;  ///< a volume: never mounted on anything in procfs
};

/// Where the command finds the socket to say that it is ready (systemd-nspawn's place).
inline constexpr const char* kNotifySocket = "/run/host/notify";

inline constexpr const char* kCgroupRoot = "/sys/fs/cgroup";

struct MountPlan {
  std::string mount_points;        ///< the lowest layer, which build_root is to make where it is missing
  std::vector<MountStep> steps;    ///< for build_root
  std::vector<MountStep> cgroups;  ///< for mount_cgroups: the mounts in, or on, kCgroupRoot
};

/// Turns a spec into its mounts. Pure; throws Error for a mount that is refused.
MountPlan plan_mounts(const ContainerSpec& spec, const RootContext& context);

/// What docker and podman hide from, and show read-only to, a container that is not privileged.
std::vector<std::string> default_masked_paths();
std::vector<std::string> default_readonly_paths();

}  // namespace sdcont
