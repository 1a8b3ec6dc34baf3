#include "container/why.h"

#include <fmt/core.h>

#include <algorithm>

#include "util/signals.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr double kMicro = 1e6;
/// What is less is not worth a word: a share of the time, or of the periods.
constexpr double kNoticed = 0.05;
constexpr uint64_t kLeastStallUsec = 300'000;

double ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

std::string round_bytes(uint64_t bytes) {
  std::string text = format_bytes(bytes);
  if (const size_t zero = text.find(".0"); zero != text.npos) text.erase(zero, 2);
  return text;
}

std::string ago(const WhyFacts& facts, uint64_t then_ns) {
  std::string age = format_age(facts.now_ns > then_ns ? (facts.now_ns - then_ns) / kNsPerSecond : 0);
  age.replace(0, 1, lower(age.substr(0, 1)));  // within a sentence
  return age;
}

bool is_running_now(const WhyFacts& facts) { return facts.state == "running" || facts.state == "paused"; }

/// Collects sentences and evidence.
class Teller {
 public:
  explicit Teller(const WhyFacts& facts) : facts_(facts) {}

  Why tell() {
    begin();
    tell_killer();
    tell_sender();
    tell_limits();
    const bool slowed = tell_throttling() | tell_stalls();
    if (!limited_ && !slowed && is_running_now(facts_))
      say("It was neither killed nor slowed down by a limit.");
    if (!facts_.can_tell_pressure) {
      say("Whether it waited for memory or IO cannot be told here: the kernel has no pressure for one "
          "container "
          "(that takes cgroup v2).");
    }
    return std::move(why_);
  }

 private:
  void say(const std::string& sentence) { why_.text += (why_.text.empty() ? "" : " ") + sentence; }
  void show(const std::string& line) { why_.evidence.push_back(line); }

  void begin();
  void tell_killer();
  void tell_one_kill(const OomKill& kill);
  void tell_sender();
  void tell_limits();
  bool tell_throttling();
  bool tell_throttling_above();
  bool tell_stalls();
  [[nodiscard]] std::string whose_limit(const OomKill& kill) const;

  const WhyFacts& facts_;
  Why why_;
  bool limited_ = false;
};

void Teller::begin() {
  const Record& record = facts_.record;
  if (!record.exit) {
    if (facts_.state == "running")
      say("Container " + record.name + " runs, for " + ago(facts_, record.started_ns) + ".");
    if (facts_.state == "paused") {
      say("Container " + record.name + " stands still: it is paused (sdcont unpause " + record.name + ").");
    }
    if (facts_.state == "created") say("Container " + record.name + " was not started yet.");
    if (facts_.state == "dead")
      say("Nothing is known of container " + record.name + ": its record is damaged.");
    return;
  }
  say("Container " + record.name + " ended " + ago(facts_, record.exit->finished_ns) + " ago, after " +
      format_seconds(static_cast<double>(record.exit->wall_ns) / static_cast<double>(kNsPerSecond)) + ": " +
      record.exit->explanation + ".");
  // --init, and a shell as PID 1, tell so of what they waited for
  constexpr int kBySignal = 128, kSignals = 64;
  const int signal = record.exit->status - kBySignal;
  if (record.exit->reason == Reason::exited && signal > 0 && signal <= kSignals) {
    say(fmt::format("That status is 128 + {}: its command was ended by {}.", signal, signal_name(signal)));
  }
  if (!facts_.core.empty()) say("Its core is " + facts_.core + ".");
  show(fmt::format("exit record: status {}, reason {}, at {}", record.exit->status,
                   reason_name(record.exit->reason), format_time(record.exit->finished_ns)));
}

std::string Teller::whose_limit(const OomKill& kill) const {
  if (kill.whole_machine) return "the machine was out of memory";
  if (is_in_cgroup(kill.limit_cgroup, facts_.memory_cgroup, facts_.memory_mount))
    return "the container's own limit was reached";
  // a scope has the limits of the payload in it
  const std::string above = facts_.memory_cgroup.substr(0, facts_.memory_cgroup.rfind('/'));
  if (facts_.record.cgroup && !facts_.record.cgroup->unit.empty() &&
      is_in_cgroup(kill.limit_cgroup, above, facts_.memory_mount))
    return "the container's own limit was reached";
  return "the limit of " + printable(kill.limit_cgroup) + " above it was reached";
}

void Teller::tell_one_kill(const OomKill& kill) {
  std::string text = fmt::format(
      "The kernel's out-of-memory killer chose process {} ({}), which held {}: {}.", kill.killed.pid,
      printable(kill.killed.name), format_bytes(kill.killed.bytes), whose_limit(kill));
  constexpr size_t kNamed = 3;
  std::vector<std::string> others;
  for (size_t i = 0; i < std::min(kill.others.size(), kNamed); ++i)
    others.push_back(printable(kill.others[i].name) + " (" + format_bytes(kill.others[i].bytes) + ")");
  if (kill.others.size() > kNamed) others.push_back(std::to_string(kill.others.size() - kNamed) + " more");
  if (!others.empty()) text += " Beside it there were " + join(others, ", ") + ".";
  say(text);
  limited_ = true;
}

void Teller::tell_killer() {
  const Statistics& usage = facts_.usage;
  if (!facts_.kills.empty()) tell_one_kill(facts_.kills.back());
  if (facts_.kills.empty() && is_running_now(facts_) && usage.oom_kills.value_or(0) > 0) {
    say(fmt::format("The out-of-memory killer has ended {} of its processes.", *usage.oom_kills));
    limited_ = true;
  }
  if (facts_.kills.size() > 1)
    say(fmt::format("Before that it ended {} others in it.", facts_.kills.size() - 1));
  for (const OomKill& kill : facts_.kills) {
    show(fmt::format("kernel log{}: out of memory in {}: killed {} ({}), {}",
                     kill.monotonic_usec == 0
                         ? ""
                         : fmt::format(" [{:.6f}]", static_cast<double>(kill.monotonic_usec) / kMicro),
                     kill.whole_machine ? "the whole machine" : printable(kill.limit_cgroup), kill.killed.pid,
                     printable(kill.killed.name), format_bytes(kill.killed.bytes)));
  }
  if (usage.memory_limit && *usage.memory_limit != kUnlimited)
    show("memory limit: " + round_bytes(*usage.memory_limit));
  if (usage.memory_peak) show("memory, most that was used: " + format_bytes(*usage.memory_peak));
  if (usage.oom_kills.value_or(0) > 0)
    show(fmt::format("memory: {} killed for want of it", *usage.oom_kills));
  if (!facts_.oomd.empty()) {
    say("systemd-oomd ended it: " + printable(facts_.oomd.back()) + ".");
    limited_ = true;
  }
  for (const std::string& line : facts_.oomd) show("systemd-oomd: " + printable(line));
}

void Teller::tell_sender() {
  if (facts_.signals.empty()) return;
  const bool signalled = facts_.record.exit && facts_.record.exit->reason == Reason::signalled;
  if (signalled && facts_.kills.empty()) say("A user sent " + facts_.signals.back() + ", with sdcont.");
  for (const std::string& signal : facts_.signals) show("event: sdcont sent " + signal);
}

void Teller::tell_limits() {
  const Statistics& usage = facts_.usage;
  if (const uint64_t hits = usage.tasks_limit_hits.value_or(0); hits > 0) {
    if (is_running_now(facts_)) {
      say(fmt::format("It was refused a new process or thread {} {}: its limit of tasks is {}.", hits,
                      hits == 1 ? "time" : "times",
                      usage.tasks_limit && *usage.tasks_limit != kUnlimited
                          ? std::to_string(*usage.tasks_limit)
                          : "above it"));
    }
    limited_ = true;
    show(fmt::format("pids.events: refused {} times", hits));
  }
  if (facts_.storage_size && facts_.storage_free) {
    const uint64_t used = *facts_.storage_size - std::min(*facts_.storage_free, *facts_.storage_size);
    show("storage: " + format_bytes(used) + " of " + round_bytes(*facts_.storage_size) + " written");
    constexpr double kFull = 0.02;
    if (ratio(*facts_.storage_free, *facts_.storage_size) < kFull) {
      say("What it may write is full: its --storage-opt size of " + round_bytes(*facts_.storage_size) +
          " is reached, and further writing fails with \"No space left on device\".");
      limited_ = true;
    }
  }
  for (const FullTable& table : facts_.full_tables) {
    say(fmt::format("Process {} ({}) has {} of the {} descriptors open that it may have (--ulimit nofile).",
                    table.pid, printable(table.name), table.open, table.limit));
    show(fmt::format("/proc/{}/fd: {} open, limit {}", table.pid, table.open, table.limit));
    limited_ = true;
  }
}

/// A slice that is throttled holds all up that is in it, and none of them counts it.
bool Teller::tell_throttling_above() {
  bool noticed = false;
  constexpr double kBillion = 1e9;
  for (const AncestorCpu& slice : facts_.slowed) {
    const std::string name = printable(slice.cgroup.substr(slice.cgroup.rfind('/') + 1));
    show(fmt::format("cpu.stat of {}: throttled in {} of {} periods, {} in all", name,
                     slice.throttled_periods, slice.periods,
                     format_seconds(static_cast<double>(slice.throttled_usec) / kMicro)));
    const double share = ratio(slice.throttled_periods, slice.periods);
    if (share < kNoticed) continue;
    say(fmt::format(
        "{} above it, and all in that, was throttled {} of the time in which it wanted to run, by cpu {}.",
        name, percent(share), percent(static_cast<double>(slice.bound) / kBillion)));
    noticed = true;
  }
  return noticed;
}

bool Teller::tell_throttling() {
  const Statistics& usage = facts_.usage;
  const bool above = tell_throttling_above();
  const uint64_t periods = usage.periods.value_or(0), throttled = usage.throttled_periods.value_or(0);
  if (throttled == 0) return above;
  show(fmt::format("cpu.stat: throttled in {} of {} periods, {} in all", throttled, periods,
                   format_seconds(static_cast<double>(usage.throttled_usec.value_or(0)) / kMicro)));
  const double share = ratio(throttled, periods);
  if (share < kNoticed) return above;
  constexpr double kBillion = 1e9;
  std::string by = "its limit of CPU time";
  if (facts_.cpu_bound != kUnlimited) by = "cpu " + percent(static_cast<double>(facts_.cpu_bound) / kBillion);
  if (!facts_.cpu_bound_by.empty()) by += " of " + facts_.cpu_bound_by + " above it";
  say("It was throttled " + percent(share) + " of the time in which it wanted to run, by " + by + ".");
  return true;
}

bool Teller::tell_stalls() {
  bool noticed = false;
  for (const auto& [resource, pressure] : facts_.usage.pressure) {
    if (pressure.some_usec == 0) continue;
    show(fmt::format("{}.pressure: some {}, full {}", resource,
                     format_seconds(static_cast<double>(pressure.some_usec) / kMicro),
                     format_seconds(static_cast<double>(pressure.full_usec) / kMicro)));
    // of CPU, waiting for a turn is no stall, and throttling has its own words
    const bool short_time = pressure.full_usec < kLeastStallUsec;
    if (resource == "cpu" || short_time || ratio(pressure.full_usec * 1000, facts_.wall_ns) < kNoticed)
      continue;
    say(fmt::format("It stalled {} ({} of the time) on {}.",
                    format_seconds(static_cast<double>(pressure.full_usec) / kMicro),
                    percent(ratio(pressure.full_usec * 1000, facts_.wall_ns)),
                    resource == "io" ? "IO" : resource));
    noticed = true;
  }
  return noticed;
}

}  // namespace

Why tell_why(const WhyFacts& facts) { return Teller(facts).tell(); }

}  // namespace sdcont
