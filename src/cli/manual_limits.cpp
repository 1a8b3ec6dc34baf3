#include "cli/manual_limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/manual.h"
#include "limits/limits.h"
#include "limits/property.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// A kind of host, with every controller and file that it can have.
struct Host {
  const char* name = nullptr;
  Target target;
};

constexpr int kShownSystemd = 257;  // Debian 13's

/// A machine that has what the examples of answers.cpp ask for.
HostFacts example_host() {
  return {.memory_bytes = [] { return uint64_t{8} << 30; },
          .tasks = [] { return uint64_t{32768}; },
          .cpus = 4,
          .page_size = 4096,
          .online_cpus = "0-3",
          .online_nodes = "0",
          .resolve_disk = {},
          .is_pinned = {}};
}

std::string flags_of(const Limit& limit) {
  std::vector<std::string> flags;
  for (const LimitFlag& flag : limit.flags) {
    std::vector<std::string> names;
    for (const std::string& name : split(flag.names, ',')) names.push_back("**" + markdown(name) + "**");
    const std::string value = *flag.metavar == '\0' ? "" : " *" + markdown(flag.metavar) + "*";
    flags.push_back(join(names, ", ") + value);
  }
  return join(flags, "; ");
}

std::string row_text(const Limit& limit) {
  std::vector<std::string> names;
  if (*limit.property != '\0') names.push_back("systemd: " + markdown(limit.property));
  if (*limit.v2_file != '\0') names.push_back("cgroup v2: " + markdown(limit.v2_file));
  if (*limit.v1_file != '\0') names.push_back("cgroup v1: " + markdown(limit.v1_file));
  std::vector<std::string> helps;
  for (const LimitFlag& flag : limit.flags) helps.push_back(markdown(flag.help));
  std::string text =
      flags_of(limit) + "\n: " + markdown(capitalized(limit.title)) + ": " + join(helps, "; ") + ".";
  if (!names.empty()) text += " " + join(names, "; ") + ".";
  return text + "\n\n";
}

std::string answers_text(const Host& host) {
  std::string text = fmt::format("## {}\n\n", host.name);
  for (const LimitAnswer& answer : limit_answers(host.target, example_host())) {
    const std::string words = answer.kind == "unavailable" ? "refused: " : "by ";
    text += fmt::format("**{}**\n: {}{}\n\n", markdown(answer.limit), words, markdown(answer.via));
  }
  return text;
}

const char* kind_words(PropertyKind kind) {
  switch (kind) {
    using enum PropertyKind;
    case boolean:
      return "yes or no";
    case size:
      return "bytes, base 1024, a percentage of the memory, or infinity";
    case weight:
      return "1 to 10000, or idle";
    case count:
      return "a number, or infinity";
    case tasks:
      return "a number, a percentage, or infinity";
    case small_count:
      return "a number";
    case exit_status:
      return "0 to 255";
    case quota:
    case percent_scale:
      return "a percentage";
    case timespan:
      return "a time";
    case signal:
      return "a signal";
    case cpu_list:
      return "a list of numbers";
    case choice:
      return "one of";
    case text_line:
      return "a text";
    case strings:
      return "a list of words";
    case bpf_paths:
      return "a pinned BPF program";
    case disk_rates:
      return "a disk and bytes a second";
    case disk_counts:
      return "a disk and a number";
    case disk_timespans:
      return "a disk and a time";
    case device_allow:
      return "a device and rwm";
    case bpf_programs:
      return "TYPE:PATH";
    case ip_prefixes:
      return "addresses or prefixes";
  }
  return "";
}

std::string same_as(const PropertyRow& row) {
  if (row.limit == nullptr) return "";
  const auto table = limit_table();
  const auto limit = std::find_if(table.begin(), table.end(), [&](const Limit& other) {
    const auto reads = [&](const char* key) { return std::string_view(key) == row.limit; };
    return reads(other.key) || std::any_of(other.family.begin(), other.family.end(), reads);
  });
  return limit == table.end() ? "" : "; the same as **" + markdown(limit_name(*limit, row.limit)) + "**";
}

}  // namespace

std::string limits_manual() {
  std::string text = "# THE LIMITS\n\n";
  for (const Limit& limit : limit_table()) text += row_text(limit);
  const std::array hosts = {Host{"With systemd on cgroup v2", example_target(kShownSystemd, true)},
                            Host{"With systemd on cgroup v1", example_target(kShownSystemd, false)},
                            Host{"Without systemd on cgroup v2", example_target(0, true)},
                            Host{"Without systemd on cgroup v1", example_target(0, false)}};
  text += fmt::format(
      "# WHAT CARRIES THEM\n\nOn hosts with every controller and kernel feature, and systemd {}. **sdcont "
      "info** "
      "tells the same of this machine.\n\n",
      kShownSystemd);
  for (const Host& host : hosts) text += answers_text(host);
  return text;
}

std::string properties_manual() {
  std::string text = "# PROPERTIES\n\n";
  for (const PropertyRow& row : property_table()) {
    text += fmt::format("**{}=**\n: {}", row.words, kind_words(row.kind));
    if (row.choices != nullptr) text += " " + markdown(join(split(row.choices, '|'), ", "));
    text += fmt::format("; since systemd {}{}{}.\n\n", row.since, row.v2_only ? ", on cgroup v2" : "",
                        same_as(row));
  }
  return text;
}

}  // namespace sdcont
