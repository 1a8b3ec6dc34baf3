#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "limits/limits.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

/// One command line's limits, and what they become on each kind of host: properties as "Name=value", writes
/// as "file: value" (those of our own defaults marked), refusals as "NO flag: reason", warnings as "WARN …".
struct Golden {
  const char* options;  ///< "--memory 100M; --memory-swap 300M"
  const char* systemd_252_v2;
  const char* systemd_257_v2;
  const char* systemd_252_v1;
  const char* raw_v2;
  const char* raw_v1;
};

/// The rows of limits_*_golden_test.cpp; every flag of the table has one.
std::vector<Golden> golden_memory();
std::vector<Golden> golden_cpu();
std::vector<Golden> golden_io();
std::vector<Golden> golden_other();

inline const LimitFlag& flag_named(const std::string& name) {
  for (const Limit& limit : limit_table()) {
    for (const LimitFlag& flag : limit.flags) {
      const auto names = split(flag.names, ',');
      if (std::find(names.begin(), names.end(), name) != names.end()) return flag;
    }
  }
  throw Error("the table has no " + name);
}

/// 8 GiB, 32768 tasks, 4 CPUs, of which up to 15 may be named, disks /dev/sda and /dev/sdb, programs below
/// /sys/fs/bpf.
inline HostFacts test_host() {
  return {.memory_bytes = [] { return uint64_t{8} << 30; },
          .tasks = [] { return uint64_t{32768}; },
          .cpus = 4,
          .page_size = 4096,
          .online_cpus = "0-15",
          .online_nodes = "0-1",
          .resolve_disk =
              [](const std::string& path) {
                if (path == "/proc") return DeviceValue{.path = path, .no_disk = "it is on proc"};
                return DeviceValue{
                    .path = path, .major = 8, .minor = path == "/dev/sdb" ? 16U : 0U, .value = 0};
              },
          .is_pinned = [](const std::string& path) { return path.starts_with("/sys/fs/bpf/"); }};
}

/// "--flag words; --flag" as the command line would parse it.
inline ContainerSpec parse_spec(const std::string& options) {
  ContainerSpec spec;
  for (const std::string& part : split(options, ';')) {
    const std::string option(trim(part));
    const size_t space = option.find(' ');
    const std::string words = space == std::string::npos ? "" : option.substr(space + 1);
    ask_limit(flag_named(option.substr(0, space)), words, test_host(), spec);
  }
  return spec;
}
inline Resources parse_options(const std::string& options) { return parse_spec(options).resources; }

/// What a plan holds, as Golden writes it; without the accounting that every scope gets.
inline std::string describe(const LimitPlan& plan) {
  std::vector<std::string> parts;
  for (const Property& property : plan.properties) {
    if (property.name.ends_with("Accounting") && property.name != "IPAccounting") continue;
    for (std::string& line : split(property_text(property), '\n')) parts.push_back(std::move(line));
  }
  for (const ControlWrite& write : plan.writes) {
    parts.push_back(write.file + ": " + write.value + (write.advisory ? " (default)" : ""));
  }
  for (const Refusal& refusal : plan.refusals) parts.push_back("NO " + refusal.limit + ": " + refusal.reason);
  for (const std::string& warning : plan.warnings) parts.push_back("WARN " + warning);
  return join(parts, "; ");
}

/// The plan for validated options.
inline LimitPlan plan_for(const std::string& options, const Target& target) {
  const ContainerSpec spec = parse_spec(options);
  validate_resources(spec, test_host());
  return plan_limits(spec, target);
}

inline void check_golden(const std::vector<Golden>& rows) {
  for (const Golden& row : rows) {
    SCOPED_TRACE(row.options);
    EXPECT_EQ(describe(plan_for(row.options, example_target(252, true))), row.systemd_252_v2)
        << "systemd 252, v2";
    EXPECT_EQ(describe(plan_for(row.options, example_target(257, true))), row.systemd_257_v2)
        << "systemd 257, v2";
    EXPECT_EQ(describe(plan_for(row.options, example_target(252, false))), row.systemd_252_v1)
        << "systemd 252, v1";
    EXPECT_EQ(describe(plan_for(row.options, example_target(0, true))), row.raw_v2) << "cgroupfs, v2";
    EXPECT_EQ(describe(plan_for(row.options, example_target(0, false))), row.raw_v1) << "cgroupfs, v1";
  }
}

/// What goes wrong with the options, or "" where nothing does.
inline std::string complaint(const std::string& options) {
  try {
    validate_resources(parse_spec(options), test_host());
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace sdcont
