#include "cgroup/rates.h"

#include <algorithm>
#include <charconv>

namespace sdcont {
namespace {

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// A counter of a cgroup that was made anew in between starts again.
uint64_t grown(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }

/// The column of a line, the first being 0; moves on in it.
uint64_t next_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  uint64_t number = 0;
  const auto* const end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

}  // namespace

NetworkBytes parse_net_dev(std::string_view text) {
  NetworkBytes sum;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    std::string_view name = line.substr(0, colon);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    if (name == "lo") continue;
    line.remove_prefix(colon + 1);
    sum.received += next_number(line);
    constexpr int kOtherOfReceived = 7;
    for (int i = 0; i < kOtherOfReceived; ++i) next_number(line);
    sum.sent += next_number(line);
  }
  return sum;
}

Usage usage_between(const Sample& before, const Sample& now, uint64_t limit) {
  Usage usage;
  const uint64_t wall_usec = grown(before.time_ns, now.time_ns) / 1000;
  usage.cpu_percent = percent(grown(before.cpu_usec, now.cpu_usec), wall_usec);
  usage.throttled_percent =
      percent(grown(before.throttled_periods, now.throttled_periods), grown(before.periods, now.periods));
  usage.memory = now.memory;
  usage.memory_limit = limit;
  usage.memory_percent = percent(now.memory, limit);
  usage.read_bytes = now.read_bytes;
  usage.write_bytes = now.write_bytes;
  usage.tasks = now.tasks;
  usage.has_pressure = now.has_pressure;
  for (size_t i = 0; i < now.pressure.size(); ++i) {
    const Pressure &then = before.pressure[i], &here = now.pressure[i];
    usage.some_percent[i] = std::min(percent(grown(then.some_usec, here.some_usec), wall_usec), 100.0);
    usage.full_percent[i] = std::min(percent(grown(then.full_usec, here.full_usec), wall_usec), 100.0);
  }
  return usage;
}

}  // namespace sdcont
