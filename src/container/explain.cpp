#include "container/explain.h"

#include <algorithm>
#include <csignal>

#include "util/signals.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string limit_text(uint64_t bytes) {
  // as the user wrote it where it is round: "100M", not "100.0M"
  std::string text = format_bytes(bytes);
  const size_t zero = text.find(".0");
  if (zero != std::string::npos) text.erase(zero, 2);
  return text;
}

// The nearest cgroup above whose limit was reached while the container ran.
const AncestorOom* culprit_above(const End& end) {
  for (const AncestorOom& after : end.after) {
    const auto before = std::find_if(end.before.begin(), end.before.end(),
                                     [&](const AncestorOom& other) { return other.cgroup == after.cgroup; });
    if (after.events > (before == end.before.end() ? 0 : before->events)) return &after;
  }
  return nullptr;
}

std::string whose_memory(const End& end) {
  const Statistics& usage = end.usage;
  if (usage.memory_limit && usage.oom_events.value_or(0) > 0) {
    std::string text = "memory.max " + limit_text(*usage.memory_limit) + " of this container reached";
    if (usage.memory_peak) text += ", peak " + format_bytes(*usage.memory_peak);
    return text;
  }
  if (const AncestorOom* above = culprit_above(end)) {
    std::string text = "the memory limit of " + file_name(above->cgroup) + " above it reached";
    if (above->limit != kUnlimited) text += " (" + limit_text(above->limit) + ")";
    return text;
  }
  return "the host ran out of memory";
}

// By reboot(2), the kernel ends the init of a pid namespace with SIGINT to power off or halt, with SIGHUP to
// boot again. Nothing else kills one by these two: it ignores what it does not handle, from wherever that
// comes.
bool was_ended_by_reboot(const End& end, int signal) {
  return end.is_first_process && end.init.si_code == CLD_KILLED && end.init.si_status == signal;
}

std::string ended(const End& end) {
  if (was_ended_by_reboot(end, SIGINT)) return "powered off";
  if (was_ended_by_reboot(end, SIGHUP)) return "rebooted (SIGHUP)";
  const siginfo_t& init = end.init;
  if (init.si_code == CLD_EXITED) return "exited with status " + std::to_string(init.si_status);
  return "killed by " + signal_name(init.si_status) + (init.si_code == CLD_DUMPED ? " (core dumped)" : "");
}

std::string processes(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " process" : " processes");
}

// The kernel counts a refused fork for the group of who forked, whichever group's limit it was.
std::string whose_tasks_limit(const Statistics& usage) {
  const uint64_t limit = usage.tasks_limit.value_or(kUnlimited);
  if (usage.tasks_peak && *usage.tasks_peak < limit) return "a tasks limit above this container";
  return "tasks limit of " + std::to_string(limit);
}

}  // namespace

int exit_status(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

ExitRecord explain(const End& end) {
  ExitRecord record;
  record.usage = end.usage;
  record.slowed = end.slowed;
  const bool powered_off = was_ended_by_reboot(end, SIGINT);
  const bool exited = end.init.si_code == CLD_EXITED || powered_off;
  record.signal = exited ? 0 : end.init.si_status;
  record.status = powered_off ? 0 : exit_status(end.init);
  const uint64_t oom_kills = end.usage.oom_kills.value_or(0);
  // a reaper as PID 1 (--init) exits with what killed its child
  const bool killed = record.status == 128 + SIGKILL;
  if (end.cause) {
    record.reason = *end.cause;
    record.explanation = *end.cause == Reason::timeout ? std::string("its ") + end.ran_out + " ran out: "
                                                       : std::string("stopped: ");
    record.explanation += ended(end);
  } else if (oom_kills > 0 && killed) {
    record.reason = Reason::out_of_memory;
    record.explanation = "killed by the out-of-memory killer: " + whose_memory(end);
  } else if (end.oomd_kills > 0 && killed) {
    record.reason = Reason::out_of_memory;
    record.explanation = "killed by systemd-oomd, which ended " + processes(end.oomd_kills) +
                         " in it: memory or swap, of it or of a slice above it, was under too much pressure";
  } else {
    record.reason = exited ? Reason::exited : Reason::signalled;
    record.explanation = ended(end);
    if (oom_kills > 0) {
      record.explanation +=
          "; the out-of-memory killer ended " + processes(oom_kills) + " in it: " + whose_memory(end);
    }
  }
  if (const uint64_t hits = end.usage.tasks_limit_hits.value_or(0); hits > 0) {
    record.explanation += "; " + whose_tasks_limit(end.usage) + " hit " + std::to_string(hits) +
                          (hits == 1 ? " time" : " times");
  }
  return record;
}

}  // namespace sdcont
