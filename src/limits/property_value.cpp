#include <algorithm>

#include "limits/convert.h"
#include "limits/property.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// The words of one property, and what they are asked for by.
struct Given {
  const PropertyRow& row;
  const std::string& text;
  const HostFacts& host;
  const std::string& flag;

  [[noreturn]] void refuse(const std::string& why) const { refuse(text, why); }
  [[noreturn]] void refuse(const std::string& part, const std::string& why) const {
    throw Error(flag + ": '" + printable(part) + "' " + why);
  }
};

std::string parse_choice(const Given& given) {
  std::string word(trim(given.text));
  const std::vector<std::string> choices = split(given.row.choices, '|');
  if (std::find(choices.begin(), choices.end(), word) == choices.end()) {
    given.refuse("is none of " + join(choices, ", "));
  }
  return word;
}

int64_t parse_signal_value(const Given& given) {
  const auto number = parse_signal(trim(given.text));
  if (!number) given.refuse("is not a signal");
  return *number;
}

/// A number or "infinity".
uint64_t parse_count_or_infinity(const Given& given) {
  return lower(trim(given.text)) == "infinity" ? kUnlimited : parse_count(given.text, given.flag);
}

uint64_t parse_small_count(const Given& given, uint64_t most) {
  const uint64_t number = parse_count(given.text, given.flag);
  if (number > most) given.refuse("is more than " + std::to_string(most));
  return number;
}

/// "/dev/x rwm", "char-pts rw", or without access, which is all of it.
std::string parse_device_allow(const Given& given) {
  const std::vector<std::string> parts = words(given.text);
  if (parts.empty() || parts.size() > 2) given.refuse("is not DEVICE [ACCESS]");
  const std::string& device = parts.front();
  const std::string access = parts.size() == 2 ? parts.back() : "rwm";
  const bool known =
      device.starts_with("/dev/") || device.starts_with("char-") || device.starts_with("block-");
  if (!known) given.refuse("is neither below /dev nor char-NAME or block-NAME");
  if (access.find_first_not_of("rwm") != std::string::npos) given.refuse("has an access other than r, w, m");
  return device + " " + access;
}

/// systemd tells only its journal where there is no program, and runs the unit without it.
void check_pinned(const Given& given, const std::string& path) {
  if (!given.host.is_pinned) given.refuse(path, "cannot be looked at here");
  if (!given.host.is_pinned(path))
    given.refuse(path, "is no BPF program that is pinned, as below /sys/fs/bpf");
}

/// "type:path" as "type path".
std::string parse_bpf_program(const Given& given) {
  const std::string& text = given.text;
  const size_t colon = text.find(":/");
  if (colon == std::string::npos || colon == 0) given.refuse("is not TYPE:/PATH");
  check_pinned(given, text.substr(colon + 1));
  return text.substr(0, colon) + " " + text.substr(colon + 1);
}

std::vector<std::string> parse_bpf_paths(const Given& given) {
  std::vector<std::string> paths = words(given.text);
  for (const std::string& path : paths) check_pinned(given, path);
  return paths;
}

std::vector<std::pair<std::string, std::string>> pairs_of(const std::vector<std::string>& list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& entry : list) {
    const size_t space = entry.find(' ');
    pairs.emplace_back(entry.substr(0, space), space == std::string::npos ? "" : entry.substr(space + 1));
  }
  return pairs;
}

std::vector<std::string> prefix_words(const Given& given) {
  std::vector<std::string> list;
  for (const IpPrefix& prefix : parse_ip_prefixes(given.text, given.flag)) {
    list.push_back(render_ip_prefix(prefix));
  }
  return list;
}

std::vector<DeviceValue> one_disk(const Given& given, uint64_t (*parse)(std::string_view, std::string_view)) {
  return {parse_device_value(given.text, given.host, given.flag, parse)};
}

}  // namespace

ResourceValue parse_property_value(const PropertyRow& row, const std::string& text, const HostFacts& host,
                                   const std::string& flag) {
  using enum PropertyKind;
  const Given given{row, text, host, flag};
  switch (row.kind) {
    case boolean:
      return parse_switch(text, flag);
    case size:
      return parse_memory(text, host, flag);
    case weight:
      return trim(text) == "idle" ? uint64_t{0} : parse_count(text, flag);
    case count:
      return parse_count_or_infinity(given);
    case tasks:
      return parse_tasks(text, host, flag);
    case small_count:
      return parse_small_count(given, UINT32_MAX);
    case exit_status:
      return parse_small_count(given, UINT8_MAX);
    case quota:
      return parse_percent_ppm(text, flag);
    case timespan:
      return parse_duration_usec(text, flag);
    case signal:
      return parse_signal_value(given);
    case percent_scale:
      return uint64_t{ppm_to_uint32_scale(parse_percent_ppm(text, flag))};
    case cpu_list:
      return parse_cpu_list(text, flag);
    case choice:
      return parse_choice(given);
    case text_line:
      return text;
    case strings:
      return words(text);
    case disk_rates:
      return one_disk(given, parse_rate);
    case disk_counts:
      return one_disk(given, parse_count);
    case disk_timespans:
      return one_disk(given, parse_duration_usec);
    case bpf_paths:
      return parse_bpf_paths(given);
    case device_allow:
      return std::vector<std::string>{parse_device_allow(given)};
    case bpf_programs:
      return std::vector<std::string>{parse_bpf_program(given)};
    case ip_prefixes:
      return prefix_words(given);
  }
  throw Error("no parser for the property " + std::string(row.words));
}

Property encode_property(const PropertyRow& row, const ResourceValue& value) {
  using enum PropertyKind;
  const Resources one = {{row.name, value}};
  const std::string name = row.name;
  switch (row.kind) {
    case boolean:
      return {name, number(one, name) != 0};
    case size:
    case weight:
    case count:
    case tasks:
    case quota:
    case timespan:
      return {name, number(one, name)};
    case signal:
    case exit_status:
      return {name, static_cast<int32_t>(number(one, name))};
    case percent_scale:
    case small_count:
      return {name, static_cast<uint32_t>(number(one, name))};
    case cpu_list:
      return {name, cpu_list_to_mask(text_of(one, name))};
    case choice:
    case text_line:
      return {name, text_of(one, name)};
    case strings:
    case bpf_paths:
      return {name, list_of(one, name)};
    case disk_rates:
    case disk_counts:
    case disk_timespans: {
      std::vector<std::pair<std::string, uint64_t>> disks;
      for (const DeviceValue& device : devices_of(one, name)) disks.emplace_back(device.path, device.value);
      return {name, disks};
    }
    case device_allow:
    case bpf_programs:
      return {name, pairs_of(list_of(one, name))};
    case ip_prefixes:
      return {name, parse_ip_prefixes(join(list_of(one, name), " "), name)};
  }
  throw Error("no encoding for the property " + name);
}

Translation systemd_property(const Resources& resources, const Target& target, const std::string& name) {
  const PropertyRow* row = find_property(name);
  if (row == nullptr) return refuse("sdcont knows no such property of systemd's");
  if (target.systemd_version < row->since) {
    return refuse("systemd " + std::to_string(target.systemd_version) + " has no " + name + ", " +
                  std::to_string(row->since) + " has");
  }
  if (row->v2_only && !target.unified) return refuse("systemd does nothing for " + name + " on cgroup v1");
  return {.properties = {encode_property(*row, resources.at("systemd/" + name))}};
}

}  // namespace sdcont
