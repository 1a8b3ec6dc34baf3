#include <algorithm>

#include "limits/rows.h"
#include "util/text.h"

namespace sdcont {

std::span<const Limit> limit_table() {
  // Order matters where one file's bounds depend on another's: memory before memory and swap, quota before
  // burst.
  static const std::vector<Limit> table = [] {
    std::vector<Limit> rows;
    for (auto* const part :
         {memory_limits, memory_bounds, swap_limits, oom_limits, cpu_limits, cpu_weight_limits, cpuset_limits,
          task_limits, io_limits, io_device_limits, io_throttles, network_limits, other_limits}) {
      for (Limit& row : part()) rows.push_back(std::move(row));
    }
    return rows;
  }();
  return table;
}

namespace {

/// "--memory" of "-m,--memory".
std::string long_name(const LimitFlag& flag) {
  const std::vector<std::string> names = split(flag.names, ',');
  const auto name =
      std::find_if(names.begin(), names.end(), [](const auto& n) { return n.starts_with("--"); });
  return name == names.end() ? names.front() : *name;
}

/// "--memory", "--property IPAddressDeny", "--cgroup-conf misc.max".
std::string written(const LimitFlag& flag, const std::string& words) {
  const bool named = std::string_view(flag.metavar).ends_with("=VALUE");
  return long_name(flag) + (named ? " " + words.substr(0, words.find('=')) : "");
}

}  // namespace

std::string limit_name(const Limit& limit, std::string_view key) {
  const auto sets = [&](const LimitFlag& flag) {
    return key == (flag.key == nullptr ? limit.key : flag.key);
  };
  const auto flag = std::find_if(limit.flags.begin(), limit.flags.end(), sets);
  if (flag == limit.flags.end()) return "--property " + split(limit.key, '/').back();
  return long_name(*flag);
}

const LimitFlag& property_flag() {
  const auto table = limit_table();
  const auto row = std::find_if(table.begin(), table.end(), [](const Limit& limit) {
    return std::string_view(limit.key) == "systemd/*";
  });
  return row->flags.front();
}

void ask_limit(const LimitFlag& flag, const std::string& words, const HostFacts& host, ContainerSpec& spec) {
  const Resources before = spec.resources;
  try {
    flag.parse(words, host, spec.resources);
  } catch (const Conflict& twice) {
    throw conflict(written(flag, words), twice.key(), spec.asked_as);
  }
  for (const auto& [key, value] : spec.resources) {
    if (!before.contains(key)) spec.asked_as.emplace(key, written(flag, words));
  }
}

}  // namespace sdcont
