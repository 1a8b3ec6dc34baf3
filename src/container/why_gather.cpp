#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "cgroup/effective.h"
#include "cgroup/host.h"
#include "cgroup/processes.h"
#include "container/core_file.h"
#include "container/state.h"
#include "container/storage.h"
#include "container/why.h"
#include "state/events.h"
#include "systemd/manager.h"
#include "util/file.h"
#include "util/program_output.h"
#include "util/signals.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr uint64_t kMicrosecondNs = 1000;
constexpr uint64_t kBillion = 1'000'000'000;

/// Since when the clock of the kernel's log runs.
uint64_t log_start_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now_realtime_ns() - static_cast<uint64_t>(now.tv_sec) * kBillion -
         static_cast<uint64_t>(now.tv_nsec);
}

std::vector<OomKill> kills_of(const WhyFacts& facts) {
  std::vector<OomKill> kills;
  // the log's clock and ours drift apart a little
  constexpr uint64_t kSlackNs = 2 * kBillion;
  const uint64_t start = log_start_ns();
  for (OomKill& kill : parse_oom_log(read_kernel_log(), static_cast<uint64_t>(sysconf(_SC_PAGESIZE)))) {
    const uint64_t at = start + kill.monotonic_usec * kMicrosecondNs;
    const bool earlier = kill.monotonic_usec != 0 && at + kSlackNs < facts.record.started_ns;
    if (!earlier && is_in_cgroup(kill.task_cgroup, facts.memory_cgroup, facts.memory_mount))
      kills.push_back(std::move(kill));
  }
  return kills;
}

std::vector<std::string> signals_to(const Record& record, const Store& store) {
  std::vector<std::string> signals;
  EventReader reader(store.paths(), EventReader::From::beginning);
  while (const auto event = reader.next()) {
    if (event->id != record.id || event->action != "kill" || event->time_ns < record.started_ns) continue;
    const auto signal = event->attributes.find("signal");
    const auto number = signal == event->attributes.end() ? std::nullopt : parse_unsigned(signal->second);
    if (number)
      signals.push_back(signal_name(static_cast<int>(*number)) + " at " + format_time(event->time_ns));
  }
  return signals;
}

/// What systemd-oomd told the journal of this scope since it began.
std::vector<std::string> oomd_lines(const Record& record) {
  std::vector<std::string> lines;
  const bool killed =
      record.exit && record.exit->signal == SIGKILL &&
      (record.exit->reason == Reason::signalled || record.exit->reason == Reason::out_of_memory ||
       record.exit->reason == Reason::lost);  // it may have killed the supervisor as well
  if (!killed || !systemd_booted() || record.cgroup->unit.empty()) return lines;
  const std::string since = "--since=@" + std::to_string(record.started_ns / kBillion);
  try {
    const auto output =
        output_of({"journalctl", "--unit=systemd-oomd.service", since, "--output=cat", "--no-pager"},
                  Complaints::hidden);
    for (const std::string& line : split(output.text, '\n')) {
      if (line.starts_with("Killed ") && line.find(record.cgroup->unit) != line.npos) lines.push_back(line);
    }
  } catch (const Error&) {
    return {};  // no journal here
  }
  return lines;
}

void read_storage(const Record& record, WhyFacts& facts) {
  if (!record.layer_limit) return;
  try {
    const Fd layers = open_storage(record);
    struct statvfs st {};
    if (fstatvfs(layers.get(), &st) != 0) return;
    facts.storage_size = record.layer_limit->size;
    facts.storage_free = static_cast<uint64_t>(st.f_bavail) * st.f_frsize;
  } catch (const Error&) {
    return;  // it was in memory, and is gone
  }
}

/// RLIMIT_NOFILE's soft limit of a process.
uint64_t descriptor_limit(const std::string& process) {
  for (const std::string& line : split(read_file_if(process + "/limits").value_or(""), '\n')) {
    constexpr std::string_view kName = "Max open files";
    if (!line.starts_with(kName)) continue;
    const auto parts = words(std::string_view(line).substr(kName.size()));
    return parts.empty() ? 0 : parse_unsigned(parts[0]).value_or(0);
  }
  return 0;
}

std::vector<FullTable> full_tables_of(const CgroupRecord& cgroup) {
  std::vector<FullTable> tables;
  for (const pid_t pid : processes_of(cgroup)) {
    const std::string process = "/proc/" + std::to_string(pid);
    const uint64_t limit = descriptor_limit(process);
    constexpr uint64_t kSpare = 2;  // a library may have closed one again
    const uint64_t open = limit == 0 ? 0 : list_directory(process + "/fd").size();
    if (limit == 0 || open + kSpare < limit) continue;
    tables.push_back({pid, std::string(trim(read_file_if(process + "/comm").value_or(""))), open, limit});
  }
  return tables;
}

std::optional<uint64_t> number_in(const ContainerSpec& spec, const char* key) {
  const auto found = spec.resources.find(key);
  if (found == spec.resources.end()) return std::nullopt;
  if (const auto* number = std::get_if<uint64_t>(&found->second)) return *number;
  const auto* number = std::get_if<int64_t>(&found->second);
  return number != nullptr && *number > 0 ? std::optional<uint64_t>(static_cast<uint64_t>(*number))
                                          : std::nullopt;
}

/// What it was asked to run with: after the end nothing else is known of it.
uint64_t asked_cpu(const Record& record, const Store& store) {
  try {
    const ContainerSpec spec = store.load_spec(record.id);
    constexpr uint64_t kPeriod = 100'000;
    const auto quota = number_in(spec, "cpu/quota");
    const uint64_t period = std::max<uint64_t>(number_in(spec, "cpu/period").value_or(kPeriod), 1);
    return !quota || *quota > UINT64_MAX / kBillion ? UINT64_MAX : *quota * kBillion / period;
  } catch (const Error&) {
    return UINT64_MAX;
  }
}

std::string working_directory(const Record& record, const Store& store) {
  try {
    return store.load_spec(record.id).process.cwd;
  } catch (const Error&) {
    return "/";
  }
}

void read_running(const CgroupRecord& cgroup, WhyFacts& facts) {
  facts.usage = read_statistics(cgroup);
  facts.wall_ns = facts.now_ns - std::min(facts.record.started_ns, facts.now_ns);
  facts.full_tables = full_tables_of(cgroup);
  facts.slowed = throttled_since(read_ancestor_cpu(cgroup), {});
  const auto cpu = read_kernel_limit(cgroup, bound_files(cgroup.mode).cpu);
  if (!cpu) return;
  facts.cpu_bound = cpu->bound;
  const bool own = cpu->cgroup == cgroup.directory("cpu") || cpu->cgroup == cgroup.scope;
  if (!own) facts.cpu_bound_by = cpu->cgroup.substr(cpu->cgroup.rfind('/') + 1);
}

}  // namespace

WhyFacts gather_why(const Record& record, const Store& store) {
  WhyFacts facts;
  facts.record = record;
  facts.state = state_name(record);
  facts.now_ns = now_realtime_ns();
  if (record.exit) {
    facts.usage = record.exit->usage;
    facts.wall_ns = record.exit->wall_ns;
    facts.cpu_bound = asked_cpu(record, store);
    facts.slowed = record.exit->slowed;
    facts.core = find_core(record, working_directory(record, store));
  } else if (record.cgroup && is_alive(record)) {
    read_running(*record.cgroup, facts);
  }
  facts.can_tell_pressure = !facts.usage.pressure.empty();
  facts.signals = signals_to(record, store);
  read_storage(record, facts);
  if (!record.cgroup) return facts;
  const CgroupHost host = detect_cgroups();
  const Hierarchy* memory = host.hierarchy(record.cgroup->mode == CgroupMode::unified ? "" : "memory");
  facts.memory_cgroup = record.cgroup->directory("memory");
  if (memory != nullptr) facts.memory_mount = memory->mount_point;
  if (memory != nullptr && facts.usage.oom_kills.value_or(1) > 0) facts.kills = kills_of(facts);
  facts.oomd = oomd_lines(record);
  return facts;
}

}  // namespace sdcont
