#include "cgroup/statistics.h"

#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <map>

#include "cgroup/control.h"
#include "cgroup/directories.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Number = std::optional<uint64_t>;

/// The control files of one cgroup.
class Files {
 public:
  explicit Files(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool exist() const { return !directory_.empty(); }

  /// The whole file as one number; "max" is kUnlimited.
  [[nodiscard]] Number number(const char* file) const {
    const auto& text = read(file);
    if (!text) return std::nullopt;
    const std::string_view value = trim(*text);
    return value == "max" ? Number(kUnlimited) : parse_unsigned(value);
  }

  /// The number after `key` in a file of lines "key number".
  [[nodiscard]] Number field(const char* file, std::string_view key) const {
    const auto& text = read(file);
    if (!text) return std::nullopt;
    for (const std::string& line : split(*text, '\n')) {
      const auto parts = words(line);
      if (parts.size() == 2 && parts[0] == key) return parse_unsigned(parts[1]);
    }
    return std::nullopt;
  }

  /// Each file is read once.
  [[nodiscard]] const std::optional<std::string>& read(const std::string& file) const {
    const auto [entry, is_new] = texts_.try_emplace(file);
    if (is_new && exist()) entry->second = read_file_if(directory_ + "/" + file);
    return entry->second;
  }

 private:
  std::string directory_;
  mutable std::map<std::string, std::optional<std::string>> texts_;
};

/// The outermost cgroup that is the container's alone: the scope has the same limits as the payload in it,
/// and with the supervisor's few pages on top is often the one that reaches them.
std::string outermost_memory(const CgroupRecord& record) {
  const std::string payload = record.directory("memory");
  return record.manager == CgroupManager::systemd && !payload.empty() ? parent_directory(payload) : payload;
}

Number microseconds(Number nanoseconds) { return nanoseconds ? Number(*nanoseconds / 1000) : std::nullopt; }

/// The sum over all disks of the value after "key=" in io.stat; 0 where no disk was touched.
Number sum_io_stat(const std::optional<std::string>& text, const std::string& key) {
  if (!text) return std::nullopt;
  uint64_t sum = 0;
  for (const std::string& word : words(*text)) {
    if (word.starts_with(key)) sum += parse_unsigned(std::string_view(word).substr(key.size())).value_or(0);
  }
  return sum;
}

/// The same of v1's lines "8:0 Read 4096".
Number sum_blkio(const std::optional<std::string>& text, const std::string& kind) {
  if (!text) return std::nullopt;
  uint64_t sum = 0;
  for (const std::string& line : split(*text, '\n')) {
    const auto parts = words(line);
    if (parts.size() == 3 && parts[1] == kind) sum += parse_unsigned(parts[2]).value_or(0);
  }
  return sum;
}

/// total= of the line that begins with `kind`.
uint64_t pressure_total(const std::string& text, const std::string& kind) {
  for (const std::string& line : split(text, '\n')) {
    const auto parts = words(line);
    if (parts.empty() || parts.front() != kind || !parts.back().starts_with("total=")) continue;
    return parse_unsigned(std::string_view(parts.back()).substr(6)).value_or(0);
  }
  return 0;
}

void read_pressure(const Files& v2, Statistics& statistics) {
  for (const char* resource : {"cpu", "memory", "io"}) {
    const auto text = v2.read(std::string(resource) + ".pressure");
    if (!text || text->empty()) continue;
    statistics.pressure[resource] = {pressure_total(*text, "some"), pressure_total(*text, "full")};
  }
}

void read_unified(const Files& v2, Statistics& s) {
  s.cpu_usec = v2.field("cpu.stat", "usage_usec");
  s.cpu_user_usec = v2.field("cpu.stat", "user_usec");
  s.cpu_system_usec = v2.field("cpu.stat", "system_usec");
  s.periods = v2.field("cpu.stat", "nr_periods");
  s.throttled_periods = v2.field("cpu.stat", "nr_throttled");
  s.throttled_usec = v2.field("cpu.stat", "throttled_usec");
  s.memory_current = v2.number("memory.current");
  s.memory_peak = v2.number("memory.peak");
  s.memory_limit = v2.number("memory.max");
  s.swap_current = v2.number("memory.swap.current");
  s.swap_peak = v2.number("memory.swap.peak");
  s.oom_kills = v2.field("memory.events", "oom_kill");
  s.memory_high_events = v2.field("memory.events", "high");
  s.memory_max_events = v2.field("memory.events", "max");
  const auto io = v2.read("io.stat");
  s.io_read_bytes = sum_io_stat(io, "rbytes=");
  s.io_write_bytes = sum_io_stat(io, "wbytes=");
  s.io_read_operations = sum_io_stat(io, "rios=");
  s.io_write_operations = sum_io_stat(io, "wios=");
}

void read_v1_cpu(const CgroupRecord& record, Statistics& s) {
  const Files usage(record.directory("cpuacct"));
  s.cpu_usec = microseconds(usage.number("cpuacct.usage"));
  s.cpu_user_usec = microseconds(usage.number("cpuacct.usage_user"));
  s.cpu_system_usec = microseconds(usage.number("cpuacct.usage_sys"));
  const Files cpu(record.directory("cpu"));
  s.periods = cpu.field("cpu.stat", "nr_periods");
  s.throttled_periods = cpu.field("cpu.stat", "nr_throttled");
  s.throttled_usec = microseconds(cpu.field("cpu.stat", "throttled_time"));
}

Number v1_limit(Number limit) { return limit && *limit >= kV1Unlimited ? Number(kUnlimited) : limit; }

/// How often the limit was run into. Where memory alone and memory with swap may be equally much, the latter
/// is what is hit; newer kernels (seen with 6.18) do not count that, but its peak shows it.
Number v1_limit_hits(const Files& memory) {
  const Number alone = memory.number("memory.failcnt");
  if (!alone) return std::nullopt;
  const Number limit = memory.number("memory.memsw.limit_in_bytes");
  const bool both_hit = limit && memory.number("memory.memsw.max_usage_in_bytes").value_or(0) >= *limit;
  return *alone + std::max<uint64_t>(memory.number("memory.memsw.failcnt").value_or(0), both_hit ? 1 : 0);
}

/// v1 does not count these. Where somebody was killed and our own limit had been hit, it is taken for the
/// cause.
Number v1_oom_events(Number kills, Number hits, const std::string& outermost) {
  if (!kills || !hits) return std::nullopt;
  if (*kills == 0 || *hits > 0) return kills;
  return v1_limit_hits(Files(outermost)).value_or(0) > 0 ? kills : Number(0);
}

void read_v1_memory(const Files& memory, const std::string& outermost, Statistics& s) {
  s.memory_current = memory.number("memory.usage_in_bytes");
  s.memory_peak = memory.number("memory.max_usage_in_bytes");
  s.memory_limit = v1_limit(memory.number("memory.limit_in_bytes"));
  // memory and swap together; the two are read one after the other, so the difference may come out negative
  const Number together = memory.number("memory.memsw.usage_in_bytes");
  if (together && s.memory_current) s.swap_current = *together - std::min(*together, *s.memory_current);
  s.oom_kills = memory.field("memory.oom_control", "oom_kill");
  s.memory_max_events = v1_limit_hits(memory);
  s.oom_events = v1_oom_events(s.oom_kills, s.memory_max_events, outermost);
}

/// Kernels before 5.13 count for the cgroup alone; those since then have a file with what is below, too.
std::optional<std::string> read_blkio(const Files& blkio, const std::string& file) {
  const auto recursive = blkio.read(file + "_recursive");
  return recursive ? recursive : blkio.read(file);
}

void read_v1_io(const Files& blkio, Statistics& s) {
  const auto bytes = read_blkio(blkio, "blkio.throttle.io_service_bytes");
  s.io_read_bytes = sum_blkio(bytes, "Read");
  s.io_write_bytes = sum_blkio(bytes, "Write");
  const auto operations = read_blkio(blkio, "blkio.throttle.io_serviced");
  s.io_read_operations = sum_blkio(operations, "Read");
  s.io_write_operations = sum_blkio(operations, "Write");
}

void read_tasks(const Files& pids, Statistics& s) {
  s.tasks_current = pids.number("pids.current");
  s.tasks_peak = pids.number("pids.peak");
  s.tasks_limit = pids.number("pids.max");
  s.tasks_limit_hits = pids.field("pids.events", "max");
}

/// "20000 100000" in billionths of a CPU.
uint64_t cpu_bound(const std::string& quota_and_period) {
  constexpr uint64_t kBillion = 1'000'000'000;
  const auto parts = words(quota_and_period);
  const Number quota = parts.empty() ? std::nullopt : parse_unsigned(parts[0]);
  const Number period = parts.size() < 2 ? std::nullopt : parse_unsigned(parts[1]);
  if (!quota || period.value_or(0) == 0 || *quota > kUnlimited / kBillion) return kUnlimited;
  return *quota * kBillion / *period;
}

}  // namespace

Statistics read_statistics(const CgroupRecord& record) {
  Statistics statistics;
  const Files v2(record.directory(""));
  if (record.mode == CgroupMode::unified) {
    read_unified(v2, statistics);
    statistics.oom_events = Files(outermost_memory(record)).field("memory.events", "oom");
  } else {
    read_v1_cpu(record, statistics);
    read_v1_memory(Files(record.directory("memory")), outermost_memory(record), statistics);
    read_v1_io(Files(record.directory("io")), statistics);
  }
  read_tasks(Files(record.directory("pids")), statistics);
  read_pressure(v2, statistics);
  return statistics;
}

std::vector<AncestorCpu> read_ancestor_cpu(const CgroupRecord& record) {
  std::vector<AncestorCpu> ancestors;
  const bool unified = record.mode == CgroupMode::unified;
  std::string directory = record.directory("cpu");
  if (record.manager == CgroupManager::systemd && !directory.empty()) directory = parent_directory(directory);
  for (directory = parent_directory(directory); !directory.empty(); directory = parent_directory(directory)) {
    auto quota = read_file_if(directory + (unified ? "/cpu.max" : "/cpu.cfs_quota_us"));
    if (!quota) break;  // the root has none, and above it is no cgroup
    if (quota->starts_with("max") || quota->starts_with('-')) continue;
    if (!unified) *quota += " " + read_file_if(directory + "/cpu.cfs_period_us").value_or("");
    const uint64_t bound = cpu_bound(*quota);
    const Files files(directory);
    const Number usec = unified ? files.field("cpu.stat", "throttled_usec")
                                : microseconds(files.field("cpu.stat", "throttled_time"));
    ancestors.push_back({directory, bound, files.field("cpu.stat", "nr_periods").value_or(0),
                         files.field("cpu.stat", "nr_throttled").value_or(0), usec.value_or(0)});
  }
  return ancestors;
}

std::vector<AncestorCpu> throttled_since(std::vector<AncestorCpu> now,
                                         const std::vector<AncestorCpu>& before) {
  for (AncestorCpu& ancestor : now) {
    for (const AncestorCpu& old : before) {
      if (old.cgroup != ancestor.cgroup || old.periods > ancestor.periods) continue;  // it was made anew
      ancestor.periods -= old.periods;
      ancestor.throttled_periods -= std::min(old.throttled_periods, ancestor.throttled_periods);
      ancestor.throttled_usec -= std::min(old.throttled_usec, ancestor.throttled_usec);
    }
  }
  std::erase_if(now, [](const AncestorCpu& ancestor) { return ancestor.throttled_periods == 0; });
  return now;
}

uint64_t read_oomd_kills(const CgroupRecord& record) {
  if (record.mode != CgroupMode::unified) return 0;
  uint64_t kills = 0;
  for (const std::string& directory : {record.directory(""), record.scope}) {
    constexpr const char* kCount = "user.oomd_kill";  // oomd-util.c
    std::array<char, 32> text{};
    const ssize_t size =
        directory.empty() ? -1 : getxattr(directory.c_str(), kCount, text.data(), text.size());
    if (size > 0) kills += parse_unsigned({text.data(), static_cast<size_t>(size)}).value_or(0);
  }
  return kills;
}

std::vector<AncestorOom> read_ancestor_oom(const CgroupRecord& record) {
  std::vector<AncestorOom> ancestors;
  const std::string outermost = outermost_memory(record);
  if (outermost.empty()) return ancestors;
  for (std::string directory = parent_directory(outermost); !directory.empty();
       directory = parent_directory(directory)) {
    const Files files(directory);
    const bool unified = record.mode == CgroupMode::unified;
    const Number events = unified ? files.field("memory.events.local", "oom") : v1_limit_hits(files);
    // the root cgroup has no limit, and above it is no cgroup; neither counts
    if (!events) break;
    const Number limit =
        unified ? files.number("memory.max") : v1_limit(files.number("memory.limit_in_bytes"));
    ancestors.push_back({directory, *events, limit.value_or(kUnlimited)});
  }
  return ancestors;
}

}  // namespace sdcont
