#include "cgroup/effective.h"

#include "cgroup/control.h"
#include "cgroup/directories.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// v1 shows "no limit" as the largest multiple of the page size that a signed 64-bit number holds.
constexpr uint64_t kBillion = 1'000'000'000;

bool is_cpu_time(const std::string& file) { return file == "cpu.max" || file == "cpu.cfs_quota_us"; }

bool is_upper_bound(const std::string& file) {
  return is_cpu_time(file) || file.ends_with(".max") || file == "memory.high" ||
         file.ends_with("limit_in_bytes");
}

/// A control file in one line; of v1's quota with its period, as v2 has it.
std::optional<std::string> read_setting(const std::string& directory, const std::string& file) {
  const auto text = read_file_if(directory + "/" + file);
  if (!text) return std::nullopt;
  std::string value = join(split(trim(*text), '\n'), "; ");
  if (file == "cpu.cfs_quota_us") {
    const auto period = read_file_if(directory + "/cpu.cfs_period_us");
    value = (value == "-1" ? "max" : value) + " " + std::string(trim(period.value_or("100000")));
  }
  if (is_upper_bound(file) && parse_unsigned(value).value_or(0) >= kV1Unlimited) return "max";
  return value;
}

uint64_t bound_of(const std::string& file, const std::string& value) {
  const auto parts = words(value);
  if (parts.empty()) return kUnlimited;
  const auto number = parse_unsigned(parts[0]);
  if (!number) return kUnlimited;
  if (!is_cpu_time(file)) return parts.size() == 1 ? *number : kUnlimited;
  const auto period = parts.size() == 2 ? parse_unsigned(parts[1]) : std::nullopt;
  if (!period || *period == 0 || *number > kUnlimited / kBillion) return kUnlimited;
  return *number * kBillion / *period;
}

/// Its controller as v2 names it.
std::string controller_of_file(const std::string& file) {
  const std::string controller = file.substr(0, file.find('.'));
  return controller == "blkio" ? "io" : controller;
}

}  // namespace

std::optional<KernelLimit> read_kernel_limit(const CgroupRecord& record, const std::string& file) {
  std::string directory = record.directory(controller_of_file(file));
  if (directory.empty()) return std::nullopt;
  const auto own = read_setting(directory, file);
  if (!own) return std::nullopt;
  KernelLimit limit{*own, *own, directory, bound_of(file, *own)};
  if (!is_upper_bound(file)) {
    limit.bound = kUnlimited;
    return limit;
  }
  for (directory = parent_directory(directory); !directory.empty(); directory = parent_directory(directory)) {
    const auto value = read_setting(directory, file);
    if (!value) break;  // the root of a hierarchy has no limits
    const uint64_t bound = bound_of(file, *value);
    if (bound >= limit.bound) continue;
    limit.bound = bound;
    limit.effective = *value;
    limit.cgroup = directory;
  }
  return limit;
}

BoundFiles bound_files(CgroupMode mode) {
  if (mode == CgroupMode::unified) return {"memory.max", "memory.swap.max", "cpu.max", "pids.max"};
  return {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "cpu.cfs_quota_us", "pids.max"};
}

}  // namespace sdcont
