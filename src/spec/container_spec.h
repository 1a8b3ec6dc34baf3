#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/image_config.h"
#include "spec/resources.h"

namespace sdcont {

/// Of a container's command, whatever the caller's is.
constexpr mode_t kUmask = 022;

/// What the root file system is made of, below its writable layer.
struct Root {
  enum class Kind {
    host,
    directory,
    image,
    none,  ///< --no-rootfs: this machine's own root and namespaces, with nothing over them
  };
  Kind kind = Kind::host;
  std::string path;                 ///< absolute, of a directory; "/" for host; of an image its topmost layer
  bool readonly = false;            ///< --read-only: the container's root cannot be written
  std::vector<std::string> layers;  ///< of an image: absolute directories, the topmost first
};

/// A mount as OCI has it; options are mount(8)'s words ("ro", "rbind", "rprivate", "size=64m", …).
struct Mount {
  std::string destination;  ///< absolute, inside the container
  std::string type;  ///< bind, volume (in the user's words only), tmpfs, proc, sysfs, devpts, mqueue, cgroup
  std::string source;
  std::vector<std::string> options;
  bool make_source = false;  ///< a directory is made where there is no source (docker's --volume)
  std::string volume;        ///< the name of the volume that this is a bind of, or empty
  bool anonymous = false;    ///< a volume of this container alone
  bool fill = false;         ///< an empty volume gets what the root has there
};

/// A device node of the container.
struct Device {
  std::string source;  ///< on the host
  std::string path;    ///< in the container
  std::string access;  ///< of r, w, m
  char type = 'c';     ///< c, b
  uint32_t major = 0;
  uint32_t minor = 0;
  mode_t mode = 0666;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// A rule of the device cgroup: the last that matches decides. major or minor -1 is any.
struct DeviceRule {
  bool allow = true;
  char type = 'a';  ///< a (all), b, c
  int64_t major = -1;
  int64_t minor = -1;
  std::string access = "rwm";
};

struct Rlimit {
  std::string type;  ///< RLIMIT_NOFILE, …
  uint64_t soft = 0;
  uint64_t hard = 0;
};

struct Process {
  bool terminal = false;    ///< -t
  bool stdin_open = false;  ///< -i; else standard input is /dev/null
  bool stdin_once = false;  ///< it ends with the first client that is attached
  std::vector<std::string> args;
  std::vector<std::string> env;  ///< NAME=value, only what was asked for
  std::string cwd = "/";
  std::string user;  ///< USER[:GROUP], names or numbers, looked up inside the root; empty is root
  std::vector<std::string> capabilities;  ///< "CAP_CHOWN" …: bounding, permitted and effective
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  std::optional<int> nice;
  int preserve_fds = 0;  ///< descriptors 3 … 3+N-1 are inherited
};

/// Which namespaces are shared with the host; mount and cgroup never are.
struct Namespaces {
  bool host_network = false;
  bool host_pid = false;
  bool host_ipc = false;
  bool host_uts = false;
};

/// The transient scope. Empty strings mean: derived from the name, or systemd's default.
struct Scope {
  std::string unit;  ///< sdcont-NAME.scope
  std::string slice;
  std::string description;
  bool slice_inherit = false;
  std::vector<std::string> asked;  ///< the flags among the user's words that only systemd gives a meaning
};

/// Who says that the container is ready, where who started us wants to know (sd_notify(3)).
enum class Notify {
  container,   ///< its command, which gets a NOTIFY_SOCKET of its own
  supervisor,  ///< we, once the command runs (podman's word is conmon)
  nobody,
};

/// How the container ends.
struct Stop {
  int signal = 15;
  uint64_t grace_usec = 10'000'000;          ///< between the stop signal and SIGKILL
  std::optional<uint64_t> run_timeout_usec;  ///< --timeout: the stop begins by itself after this
};

/// Where what the container writes to its standard output and error goes.
struct Logging {
  std::string driver =
      "passthrough";             ///< passthrough (the launcher's own descriptors), json-file, journald, none
  uint64_t max_size = 10 << 20;  ///< json-file: bytes of one file, before it is rotated
  uint64_t max_files = 3;        ///< json-file: with the one that is written to
  std::string tag;               ///< journald: SYSLOG_IDENTIFIER; empty is the container's name

  bool operator==(const Logging&) const = default;
};

/// Whether the supervisor runs the command again when that has ended by itself.
struct Restart {
  enum class Policy { no, on_failure, always };
  Policy policy = Policy::no;
  uint64_t most = 0;  ///< on_failure: so many times; 0 is without end

  bool operator==(const Restart&) const = default;
};

/// A secret for the container (systemd.exec(5), "CREDENTIALS"). Its value is never a part of the spec.
struct Credential {
  std::string id;
  std::string source;  ///< read at each start: an absolute path, or a name to look for; empty: it was given

  bool operator==(const Credential&) const = default;
};

/// One container, whatever words it came from: an OCI runtime-spec in C++. The launcher accepts nothing else.
struct ContainerSpec {
  std::string id;        ///< 64 hexadecimal digits
  std::string name;      ///< [a-zA-Z0-9][a-zA-Z0-9_.-]*
  std::string image;     ///< what the user called it
  std::string image_id;  ///< of a stored image: the digest of its configuration
  Root root;
  Process process;
  std::string hostname;
  std::vector<Mount> mounts;  ///< the user's, in order, after the default ones
  uint64_t shm_size = 64 << 20;
  std::vector<Device> devices;
  std::vector<DeviceRule> device_rules;
  Namespaces namespaces;
  std::map<std::string, std::string> sysctl;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::vector<std::string> extra_hosts;  ///< lines for /etc/hosts
  Resources resources;
  /// What the user wrote for a key of the resources ("--cpus", "--property IPAddressDeny"), for messages. A
  /// key that is absent here is called by the first flag of its limit.
  std::map<std::string, std::string> asked_as;
  std::map<std::string, std::string> labels;
  ImageConfig config;  ///< how it was run, in an image's words: what sdcont commit makes of it
  Scope scope;
  Stop stop;
  Restart restart;
  Logging logging;
  std::optional<uint64_t> layer_size;  ///< --storage-opt size: what may be written over the root, in bytes
  std::vector<Credential> credentials;
  Notify notify = Notify::container;
  bool systemd = false;     ///< --systemd: its command is a systemd, by systemd's Container Interface
  bool registered = false;  ///< --register: systemd-machined knows it by its name
  bool privileged = false;
  bool init = false;                    ///< a reaper as PID 1
  bool remove = false;                  ///< --rm
  bool best_effort = false;             ///< a limit that cannot be had is warned of, not refused
  bool split = false;                   ///< --cgroups split: below the caller's own cgroup, no scope
  std::string cgroup_manager = "auto";  ///< auto, systemd, cgroupfs
};

}  // namespace sdcont
