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

[[noreturn]] void refuse_words(const PropertyRow& row, const std::string& text, const std::string& why) {
  throw Error("--property " + std::string(row.words) + ": '" + printable(text) + "' " + why);
}

uint64_t parse_size(const PropertyRow& row, const std::string& text, const HostFacts& host) {
  if (!trim(text).ends_with('%')) return parse_bytes(text, row.words);
  const uint64_t ppm = parse_percent_ppm(text, row.words);
  if (ppm > 1'000'000) refuse_words(row, text, "is more than all memory");
  if (host.memory_bytes == 0) refuse_words(row, text, "cannot be used here, give bytes");
  const auto bytes = static_cast<uint64_t>(static_cast<long double>(host.memory_bytes) * ppm / 1'000'000);
  return bytes - bytes % host.page_size;
}

uint64_t parse_number_or_infinity(const PropertyRow& row, const std::string& text) {
  const std::string word = lower(trim(text));
  if (word == "infinity") return kUnlimited;
  // Up to 256 systemd kept TasksMax=50% as 5.0% over a daemon-reload.
  if (word.ends_with('%')) refuse_words(row, text, "is a percentage, which systemd up to 256 does not keep");
  return parse_count(text, row.words);
}

std::string parse_choice(const PropertyRow& row, const std::string& text) {
  std::string word(trim(text));
  const std::vector<std::string> choices = split(row.choices, '|');
  if (std::find(choices.begin(), choices.end(), word) == choices.end()) {
    refuse_words(row, text, "is none of " + join(choices, ", "));
  }
  return word;
}

int64_t parse_signal_value(const PropertyRow& row, const std::string& text) {
  const auto number = parse_signal(trim(text));
  if (!number) refuse_words(row, text, "is not a signal");
  return *number;
}

/// "/dev/x rwm", "char-pts rw", or without access, which is all of it.
std::string parse_device_allow(const PropertyRow& row, const std::string& text) {
  const std::vector<std::string> parts = words(text);
  if (parts.empty() || parts.size() > 2) refuse_words(row, text, "is not DEVICE [ACCESS]");
  const std::string& device = parts.front();
  const std::string access = parts.size() == 2 ? parts.back() : "rwm";
  const bool known =
      device.starts_with("/dev/") || device.starts_with("char-") || device.starts_with("block-");
  if (!known) refuse_words(row, text, "is neither below /dev nor char-NAME or block-NAME");
  if (access.find_first_not_of("rwm") != std::string::npos)
    refuse_words(row, text, "has an access other than r, w, m");
  return device + " " + access;
}

/// systemd tells only its journal where there is no program, and runs the unit without it.
void check_pinned(const PropertyRow& row, const std::string& path, const HostFacts& host) {
  if (!host.is_pinned) refuse_words(row, path, "cannot be looked at here");
  if (!host.is_pinned(path))
    refuse_words(row, path, "is no BPF program that is pinned, as below /sys/fs/bpf");
}

/// "type:path" as "type path".
std::string parse_bpf_program(const PropertyRow& row, const std::string& text, const HostFacts& host) {
  const size_t colon = text.find(":/");
  if (colon == std::string::npos || colon == 0) refuse_words(row, text, "is not TYPE:/PATH");
  check_pinned(row, text.substr(colon + 1), host);
  return text.substr(0, colon) + " " + text.substr(colon + 1);
}

std::vector<std::string> parse_bpf_paths(const PropertyRow& row, const std::string& text,
                                         const HostFacts& host) {
  std::vector<std::string> paths = words(text);
  for (const std::string& path : paths) check_pinned(row, path, host);
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

std::vector<std::string> prefix_words(const std::string& text, const char* what) {
  std::vector<std::string> list;
  for (const IpPrefix& prefix : parse_ip_prefixes(text, what)) list.push_back(render_ip_prefix(prefix));
  return list;
}

std::vector<DeviceValue> one_disk(const PropertyRow& row, const std::string& text, const HostFacts& host,
                                  uint64_t (*parse)(std::string_view, std::string_view)) {
  return {parse_device_value(text, host, std::string("--property ") + row.words, parse)};
}

}  // namespace

ResourceValue parse_property_value(const PropertyRow& row, const std::string& text, const HostFacts& host) {
  using enum PropertyKind;
  switch (row.kind) {
    case boolean:
      return parse_switch(text, row.words);
    case size:
      return parse_size(row, text, host);
    case weight:
      return trim(text) == "idle" ? uint64_t{0} : parse_count(text, row.words);
    case count:
      return parse_number_or_infinity(row, text);
    case quota:
      return parse_percent_ppm(text, row.words);
    case timespan:
      return parse_duration_usec(text, row.words);
    case signal:
      return parse_signal_value(row, text);
    case percent_scale:
      return uint64_t{ppm_to_uint32_scale(parse_percent_ppm(text, row.words))};
    case cpu_list:
      return parse_cpu_list(text, row.words);
    case choice:
      return parse_choice(row, text);
    case strings:
      return words(text);
    case disk_rates:
      return one_disk(row, text, host, parse_rate);
    case disk_counts:
      return one_disk(row, text, host, parse_count);
    case disk_timespans:
      return one_disk(row, text, host, parse_duration_usec);
    case bpf_paths:
      return parse_bpf_paths(row, text, host);
    case device_allow:
      return std::vector<std::string>{parse_device_allow(row, text)};
    case bpf_programs:
      return std::vector<std::string>{parse_bpf_program(row, text, host)};
    case ip_prefixes:
      return prefix_words(text, row.words);
  }
  throw Error(std::string("no parser for the property ") + row.words);
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
    case quota:
    case timespan:
      return {name, number(one, name)};
    case signal:
      return {name, static_cast<int32_t>(number(one, name))};
    case percent_scale:
      return {name, static_cast<uint32_t>(number(one, name))};
    case cpu_list:
      return {name, cpu_list_to_mask(text_of(one, name))};
    case choice:
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
