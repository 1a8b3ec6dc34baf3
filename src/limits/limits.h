#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "limits/translation.h"
#include "spec/container_spec.h"

namespace sdcont {

/// What parsing a limit's words needs to know of this machine.
struct HostFacts {
  /// What 100 % is, looked up when a percentage is asked for; null: there are no percentages. Of memory it is
  /// RAM, or the smallest memory limit of the cgroups that will be around the container; of tasks what the
  /// kernel can have, or the smallest limit likewise.
  std::function<uint64_t()> memory_bytes, tasks;
  unsigned cpus = 1;  ///< online
  uint64_t page_size = 4096;
  std::string online_cpus;   ///< "0-3": a CPU list beyond it is refused; empty: not checked
  std::string online_nodes;  ///< the same for memory nodes
  /// Resolves what names a disk (node, partition, file, "auto") to the whole disk, or says in no_disk why
  /// there is none; throws Error where there is no such path.
  std::function<DeviceValue(const std::string&)> resolve_disk;
  /// Whether a path is an object pinned on a BPF file system; throws Error where there is nothing.
  std::function<bool(const std::string&)> is_pinned;
};

/// One way to ask for a limit on the command line.
struct LimitFlag {
  const char* names = "";    ///< CLI11's: "-m,--memory"
  const char* metavar = "";  ///< "BYTES"; empty for a switch
  const char* help = "";     ///< one line
  bool repeats = false;
  /// Puts the words (of a switch: an empty text) into OCI's fields; throws Error naming the flag and the
  /// offending words, and where another flag has said otherwise of the same field.
  void (*parse)(const std::string& text, const HostFacts& host, Resources& resources) = nullptr;
  const char* key = nullptr;  ///< the field that it sets, where that is another one than the row's
};

/// What a limit becomes on one back end: settings, or the reason why not.
struct Translation {
  std::vector<Property> properties = {};
  std::vector<ControlWrite> writes = {};
  std::vector<Refusal> refusals = {};
  std::vector<std::string> warnings = {};  ///< accepted, but inert or rounded here
};

/// One row of the table: a limit with everything that any part of sdcont knows about it.
struct Limit {
  /// OCI field: "memory/limit"; the row may use others of its family ("cpu/quota", "cpu/period"). "unified/*"
  /// and "systemd/*" stand for every key of that kind that has no row of its own, and are translated one key
  /// at a time.
  const char* key;
  const char* title;  ///< "memory, hard limit"
  std::vector<LimitFlag> flags;
  const char* property;  ///< systemd's name and since when, for people: "MemoryMax (231)", or ""
  const char* v2_file;   ///< the control file, or ""; its first word is the controller that has to be there
  const char* v1_file;
  /// Pure conversions; called only when the row's key (or one of its family) was asked for. Writes and
  /// refusals may leave `limit` empty: plan_limits names the row's flag.
  Translation (*to_systemd)(const Resources&, const Target&);
  Translation (*to_v2)(const Resources&, const Target&);
  Translation (*to_v1)(const Resources&, const Target&);
  std::vector<const char*> family = {};  ///< further keys that the row reads
};

/// THE table, in the order in which its limits are written.
std::span<const Limit> limit_table();
/// The long flag that sets a key of the row, "--memory"; where it has none, "--property NAME".
std::string limit_name(const Limit& limit, std::string_view key);
/// The flag of --property.
const LimitFlag& property_flag();
/// Parses the words of one flag into the spec's resources, and notes there what the user wrote.
void ask_limit(const LimitFlag& flag, const std::string& words, const HostFacts& host, ContainerSpec& spec);

/// A value for messages: "104857600", "unlimited", "/dev/sda 1048576", "yes".
std::string render_resource(const ResourceValue& value);

/// How each limit that was asked for is carried here.
struct AppliedLimit {
  std::string limit;      ///< "--memory"
  std::string key;        ///< "memory/limit"
  std::string requested;  ///< "104857600"
  std::string via;        ///< "MemoryMax", "memory.max", "MemoryMax + memory.max", "unavailable: …"
};

/// What a back end makes of a limit, without it being asked for: for `sdcont info`.
struct LimitAnswer {
  std::string limit;  ///< "--memory"
  std::string title;
  std::string kind;  ///< "native" (systemd keeps it), "raw" (a control file), "unavailable"
  std::string via;   ///< "MemoryMax + memory.max", or the reason why not
};
/// systemd of that version (0: none), with every controller and optional file that such a host can have.
Target example_target(int systemd_version, bool unified);
/// One answer for each row of the table.
std::vector<LimitAnswer> limit_answers(const Target& target, const HostFacts& host);

struct LimitPlan {
  std::vector<Property> properties;      ///< of the scope (systemd only)
  std::vector<ControlWrite> writes;      ///< into the container's own, fresh cgroup, `payload`, in this order
  std::vector<DeviceRule> device_rules;  ///< for the raw v2 back end's BPF program; empty: no device control
  std::vector<Refusal> refusals;
  std::vector<std::string> warnings;
  std::vector<AppliedLimit> applied;
};

/// Every limit of the spec for one back end. With systemd, what it knows becomes a property of the scope, and
/// what the container should see in its own files (memory.max, cpu.max, pids.max) or what systemd does not
/// know becomes a write as well. Nothing is dropped: what cannot be had is in `refusals`.
LimitPlan plan_limits(const ContainerSpec& spec, const Target& target);

/// What no single limit can see: contradictions, ranges, docker's and the kernel's least values. Throws Error
/// naming the flags. To be called for every spec, whatever it came from.
void validate_resources(const ContainerSpec& spec, const HostFacts& host);

/// --property NAME=VALUE with systemd's spelling and units (CPUQuota=20%, IOReadBandwidthMax="/dev/x 1M",
/// RuntimeMaxSec=1min); puts it into "systemd/NAME". Throws for what a scope cannot have, with a near-miss
/// hint.
void parse_property(const std::string& text, const HostFacts& host, Resources& resources);
/// --cgroup-conf FILE=VALUE (misc.max="res_a 3"): a control file of cgroup v2, "unified/FILE"; one that has a
/// flag of its own (memory.high=1G) is parsed as that flag.
void parse_cgroup_conf(const std::string& text, Resources& resources);

}  // namespace sdcont
