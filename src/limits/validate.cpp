#include <algorithm>
#include <array>

#include "limits/convert.h"
#include "limits/property.h"
#include "limits/quantity.h"
#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kMinMemory = uint64_t{6} << 20;  // docker's, below which a container does not start

/// What a single number may be.
struct Range {
  const char* key;
  const char* flag;
  uint64_t least;
  uint64_t most;
};
constexpr std::array kRanges = std::to_array<Range>({
    {"memory/swappiness", "--memory-swappiness", 0, 100},
    {"cpu/period", "--cpu-period", kMinCpuTime, kMaxCpuPeriod},
    {"cpu/shares", "--cpu-shares", 2, 262144},
    {"unified/cpu.weight", "--cpu-weight", 1, 10000},
    {"cpu/idle", "--cpu-idle", 0, 1},
    {"blockIO/weight", "--blkio-weight", 10, 1000},
    {"unified/io.weight", "--io-weight", 1, 10000},
    {"pids/limit", "--pids-limit", 1, kUnlimited},
    {"systemd/StartupCPUWeight", "--property StartupCPUWeight", 0, 10000},
    {"systemd/StartupIOWeight", "--property StartupIOWeight", 1, 10000},
});

/// What one number of a list by device may be.
constexpr std::array kDeviceRanges = std::to_array<Range>({
    {"blockIO/weightDevice", "--blkio-weight-device", 10, 1000},
    {"systemd/IODeviceWeight", "--property IODeviceWeight", 1, 10000},
    {"blockIO/throttleReadBpsDevice", "--device-read-bps", 1, kUnlimited},
    {"blockIO/throttleWriteBpsDevice", "--device-write-bps", 1, kUnlimited},
    {"blockIO/throttleReadIOPSDevice", "--device-read-iops", 1, kUnlimited},
    {"blockIO/throttleWriteIOPSDevice", "--device-write-iops", 1, kUnlimited},
});

/// Two ways to say one thing.
constexpr std::array kContradictions = std::to_array<std::array<const char*, 4>>({
    {"cpu/shares", "--cpu-shares", "unified/cpu.weight", "--cpu-weight"},
    {"cpu/idle", "--cpu-idle", "cpu/shares", "--cpu-shares"},
    {"cpu/idle", "--cpu-idle", "unified/cpu.weight", "--cpu-weight"},
    {"memory/swap", "--memory-swap", "unified/memory.swap.max", "--swap-max"},
    {"blockIO/weight", "--blkio-weight", "unified/io.weight", "--io-weight"},
    {"blockIO/weightDevice", "--blkio-weight-device", "systemd/IODeviceWeight", "--property IODeviceWeight"},
    {"unified/memory.oom.group", "--oom-group", "systemd/OOMPolicy", "--oom-policy"},
});

/// What the user wrote for a key, or the flag that usually sets it.
std::string name_of(const Lowered& asked, const char* key, const char* flag) {
  const auto found = asked.asked_as.find(key);
  return found == asked.asked_as.end() ? flag : found->second;
}

void check_range(const Range& range, const std::string& flag, uint64_t value) {
  if (value >= range.least && value <= range.most) return;
  const std::string given = value == kUnlimited ? "unlimited" : std::to_string(value);
  const std::string most = range.most == kUnlimited ? "" : " and no more than " + std::to_string(range.most);
  throw Error(flag + ": " + given + " is out of range: no less than " + std::to_string(range.least) + most);
}

void check_ranges(const Lowered& asked_for) {
  const Resources& r = asked_for.resources;
  for (const Range& range : kRanges) {
    if (const auto value = number_if(r, range.key)) {
      check_range(range, name_of(asked_for, range.key, range.flag), *value);
    }
  }
  for (const Range& range : kDeviceRanges) {
    if (!asked(r, range.key)) continue;
    for (const DeviceValue& device : devices_of(r, range.key)) {
      check_range(range, name_of(asked_for, range.key, range.flag), device.value);
    }
  }
}

void check_contradictions(const Lowered& asked_for) {
  for (const auto& [first, first_flag, second, second_flag] : kContradictions) {
    if (!asked(asked_for.resources, first) || !asked(asked_for.resources, second)) continue;
    throw Error("conflicting options: " + name_of(asked_for, first, first_flag) + " and " +
                name_of(asked_for, second, second_flag) + " cannot both be given");
  }
}

void check_memory(const Lowered& asked_for) {
  const Resources& r = asked_for.resources;
  const auto limit = number_if(r, "memory/limit");
  if (limit && *limit < kMinMemory) {
    throw Error(name_of(asked_for, "memory/limit", "--memory") + ": " + std::to_string(*limit) +
                " bytes are too little: 6 MiB is the least");
  }
  if (const auto low = number_if(r, "memory/reservation");
      limit && low && *low > *limit && *low != kUnlimited) {
    throw Error("--memory-reservation must not be more than --memory");
  }
  if (const auto min = number_if(r, "unified/memory.min");
      limit && min && *min > *limit && *min != kUnlimited) {
    throw Error("--memory-min must not be more than --memory");
  }
  if (const auto total = number_if(r, "memory/swap"); total && *total != kUnlimited) {
    if (limit.value_or(kUnlimited) == kUnlimited) {
      throw Error("--memory-swap is memory and swap together, so it needs --memory")
          .remedy("or give swap alone with --swap-max");
    }
    if (*total < *limit)
      throw Error("--memory-swap is memory and swap together and must not be less than --memory");
  }
  if (asked(r, "memory/disableOOMKiller") && flag_of(r, "memory/disableOOMKiller") && !limit) {
    throw Error("--oom-kill-disable without --memory could stop the whole machine")
        .remedy("give --memory as well");
  }
}

void check_cpu(const Resources& r) {
  const auto quota = number_if(r, "cpu/quota");
  if (quota && *quota < kMinCpuTime) {
    throw Error("--cpu-quota: " + std::to_string(*quota) +
                " µs are too little: the kernel takes no less than 1000");
  }
  if (const auto burst = number_if(r, "cpu/burst")) {
    if (quota.value_or(kUnlimited) == kUnlimited)
      throw Error("--cpu-burst needs a quota").remedy("give --cpus as well");
    if (*burst > *quota) {
      throw Error("--cpu-burst: " + std::to_string(*burst) + " µs are more than the quota of " +
                  std::to_string(*quota) + " µs");
    }
  }
}

/// The kernel drops what does not exist without a word, on v2 even all of it.
void check_list(const Resources& r, const char* key, const char* flag, const std::string& online) {
  if (!asked(r, key) || online.empty()) return;
  const auto wanted = cpu_list_to_mask(parse_cpu_list(text_of(r, key), flag));
  auto there = cpu_list_to_mask(parse_cpu_list(trim(online), flag));
  there.resize(std::max(there.size(), wanted.size()));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if ((wanted[i] & ~there[i]) != 0) {
      throw Error(std::string(flag) + ": " + text_of(r, key) + " is not within what is there: " + online);
    }
  }
}

}  // namespace

void validate_resources(const ContainerSpec& spec, const HostFacts& host) {
  const Lowered lowered = lower_properties(spec);
  check_contradictions(lowered);
  check_ranges(lowered);
  check_memory(lowered);
  check_cpu(lowered.resources);
  check_list(lowered.resources, "cpu/cpus", "--cpuset-cpus", host.online_cpus);
  check_list(lowered.resources, "cpu/mems", "--cpuset-mems", host.online_nodes);
}

}  // namespace sdcont
