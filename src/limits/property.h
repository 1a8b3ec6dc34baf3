#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "limits/limits.h"

namespace sdcont {

/// How the words of a property are read, and with that its D-Bus type.
enum class PropertyKind {
  boolean,         ///< b
  size,            ///< t: bytes, base 1024, "infinity", or a percentage of the memory
  weight,          ///< t: 1 … 10000; "idle" is 0
  count,           ///< t: a number or "infinity"
  tasks,           ///< t: the same, or a percentage of the tasks that there can be
  small_count,     ///< u
  exit_status,     ///< i: 0 … 255
  quota,           ///< t: a percentage, as microseconds a second
  timespan,        ///< t: microseconds
  signal,          ///< i: a signal's name or number
  percent_scale,   ///< u: a percentage, as a fraction of UINT32_MAX
  cpu_list,        ///< ay: a list of numbers as a bit mask
  choice,          ///< s: one of some words
  text_line,       ///< s: any text
  strings,         ///< as
  bpf_paths,       ///< as: BPF programs that are pinned
  disk_rates,      ///< a(st): disk and bytes a second, base 1000
  disk_counts,     ///< a(st): disk and a number
  disk_timespans,  ///< a(st): disk and a duration
  device_allow,    ///< a(ss): device and access
  bpf_programs,    ///< a(ss): "type:path"
  ip_prefixes,     ///< a(iayu)
};

/// A property that a scope can have, from systemd's src/core/dbus-{cgroup,unit,kill,scope}.c.
struct PropertyRow {
  const char* words = nullptr;  ///< as unit files spell it: "CPUQuota"
  const char* name = nullptr;   ///< on the bus: "CPUQuotaPerSecUSec"
  PropertyKind kind = {};
  int since = 0;  ///< first systemd that takes it for scopes
  /// Where a limit of the table means the same: its key. The property then is that limit, on every back end.
  const char* limit = nullptr;
  bool v2_only = false;           ///< systemd takes it on v1 too, and does nothing
  const char* choices = nullptr;  ///< "auto|kill"
};

const std::vector<PropertyRow>& property_table();
/// By either spelling; null where there is none.
const PropertyRow* find_property(std::string_view name);
/// Why a scope cannot have this property, and what to use instead; null where nothing is known of it.
struct UnavailableProperty {
  const char* name = nullptr;
  const char* reason = nullptr;
  const char* remedy = nullptr;
  bool is_on = false;  ///< every scope of ours has it at "yes", which so may be said
};
const UnavailableProperty* find_unavailable_property(std::string_view name);

/// The value of a property, as the resources hold it, in its D-Bus type.
Property encode_property(const PropertyRow& row, const ResourceValue& value);

/// "systemd/NAME" as the property that it is; a refusal where this systemd or this cgroup version does not
/// have it.
Translation systemd_property(const Resources& resources, const Target& target, const std::string& name);

/// "10.0.0.0/8", "::1", "any", "localhost", "link-local", "multicast" as prefixes; throws Error naming
/// `what`.
std::vector<IpPrefix> parse_ip_prefixes(std::string_view text, std::string_view what);
std::string render_ip_prefix(const IpPrefix& prefix);

/// Reads a property's words as its kind has it; throws Error naming the flag that asked for it.
ResourceValue parse_property_value(const PropertyRow& row, const std::string& text, const HostFacts& host,
                                   const std::string& flag);

/// What was asked for, with each property that is a limit of the table ("systemd/MemoryMax") turned into that
/// limit's key.
struct Lowered {
  Resources resources;
  std::map<std::string, std::string> asked_as;  ///< as in ContainerSpec, by these keys
};
/// Throws where such a limit was asked for by its own flag as well.
Lowered lower_properties(const ContainerSpec& spec);

}  // namespace sdcont
