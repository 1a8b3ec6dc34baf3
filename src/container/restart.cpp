#include "container/restart.h"

#include <algorithm>
#include <array>

namespace sdcont {
namespace {

constexpr uint64_t kFirstUsec = 100'000;
constexpr uint64_t kLongestUsec = 60'000'000;
constexpr uint64_t kLongRunNs = 10'000'000'000;

constexpr std::array kCounters = {&Statistics::cpu_usec,           &Statistics::cpu_user_usec,
                                  &Statistics::cpu_system_usec,    &Statistics::periods,
                                  &Statistics::throttled_periods,  &Statistics::throttled_usec,
                                  &Statistics::io_read_bytes,      &Statistics::io_write_bytes,
                                  &Statistics::io_read_operations, &Statistics::io_write_operations,
                                  &Statistics::tasks_limit_hits,   &Statistics::oom_kills,
                                  &Statistics::oom_events,         &Statistics::memory_high_events,
                                  &Statistics::memory_max_events};

uint64_t difference(uint64_t now, uint64_t before) { return now - std::min(now, before); }

}  // namespace

bool wants_restart(const Restart& restart, const ExitRecord& exit, uint64_t restarts) {
  if (exit.reason == Reason::stopped) return false;
  switch (restart.policy) {
    case Restart::Policy::no:
      return false;
    case Restart::Policy::on_failure:
      return exit.status != 0 && (restart.most == 0 || restarts < restart.most);
    case Restart::Policy::always:
      return true;
  }
  return false;
}

uint64_t RestartDelay::next(uint64_t run_ns) {
  usec_ = usec_ == 0 || run_ns >= kLongRunNs ? kFirstUsec : std::min(usec_ * 2, kLongestUsec);
  return usec_;
}

Statistics counted_since(Statistics now, const Statistics& before) {
  for (const auto counter : kCounters) {
    auto& value = now.*counter;
    if (value) value = difference(*value, (before.*counter).value_or(0));
  }
  for (auto& [resource, pressure] : now.pressure) {
    const auto old = before.pressure.find(resource);
    if (old == before.pressure.end()) continue;
    pressure.some_usec = difference(pressure.some_usec, old->second.some_usec);
    pressure.full_usec = difference(pressure.full_usec, old->second.full_usec);
  }
  return now;
}

}  // namespace sdcont
