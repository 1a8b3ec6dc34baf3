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

std::string limit_name(const Limit& limit, std::string_view key) {
  const auto sets = [&](const LimitFlag& flag) {
    return key == (flag.key == nullptr ? limit.key : flag.key);
  };
  const auto flag = std::find_if(limit.flags.begin(), limit.flags.end(), sets);
  if (flag == limit.flags.end()) return "--property " + split(limit.key, '/').back();
  const std::vector<std::string> names = split(flag->names, ',');
  const auto name =
      std::find_if(names.begin(), names.end(), [](const auto& n) { return n.starts_with("--"); });
  return name == names.end() ? names.front() : *name;
}

}  // namespace sdcont
