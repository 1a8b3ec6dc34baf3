#include <unistd.h>

#include <ctime>

#include "cli/command.h"
#include "cli/listing.h"
#include "cli/live_screen.h"
#include "cli/parser.h"
#include "cli/stats_view.h"
#include "util/error.h"

namespace sdcont {
namespace {

struct StatsOptions {
  bool all = false, once = false, whole = false;
  double interval = 1;  ///< seconds
  std::string format = "table", sort;
};

std::vector<const FollowedContainer*> sorted(const Usages& usages, const std::string& key) {
  std::vector<const FollowedContainer*> containers;
  for (const FollowedContainer& container : usages.containers()) containers.push_back(&container);
  sort_usages(key, containers);
  return containers;
}

void print_plain(const Usages& usages, const StatsOptions& options) {
  Listing listing{{{"CONTAINER ID", "ID"},
                   {"NAME", "Name"},
                   {"CPU %", "CPUPerc"},
                   {"MEM USAGE / LIMIT", "MemUsage"},
                   {"MEM %", "MemPerc"},
                   {"NET I/O", "NetIO"},
                   {"BLOCK I/O", "BlockIO"},
                   {"PIDS", "PIDs"},
                   {"THROTTLED %", "Throttled"},
                   {"CPU PRESSURE", "CPUPressure"},
                   {"MEM PRESSURE", "MemPressure"},
                   {"IO PRESSURE", "IOPressure"}},
                  {}};
  for (const FollowedContainer* container : sorted(usages, options.sort))
    listing.rows.push_back(stats_row(*container, options.whole));
  listing.print(options.format);
  fflush(stdout);
}

/// When the next refresh is due, from when the one before was.
void advance(timespec& due, double interval) {
  constexpr long kSecond = 1'000'000'000;
  const auto whole = static_cast<time_t>(interval);
  due.tv_sec += whole;
  due.tv_nsec += static_cast<long>((interval - static_cast<double>(whole)) * kSecond);
  if (due.tv_nsec >= kSecond) {
    due.tv_nsec -= kSecond;
    ++due.tv_sec;
  }
}

void print_again_and_again(Usages& usages, const StatsOptions& options, timespec& due) {
  do {
    advance(due, options.interval);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
    usages.sample();
    print_plain(usages, options);
  } while (!options.once && ferror(stdout) == 0);
}

void show_live(Usages& usages, StatsOptions& options, timespec& due) {
  LiveScreen screen;
  while (!screen.is_over()) {
    screen.draw(live_lines(sorted(usages, options.sort), screen.view(), options.whole));
    advance(due, options.interval);
    for (char key = screen.key_until(due); key != 0; key = screen.key_until(due)) {
      if (key == 'q') return;
      options.sort = sort_key_of(key, options.sort);
      screen.draw(live_lines(sorted(usages, options.sort), screen.view(), options.whole));
    }
    usages.sample();
  }
}

void show(Usages& usages, StatsOptions& options) {
  timespec due{};
  clock_gettime(CLOCK_MONOTONIC, &due);
  usages.sample();
  if (options.once || isatty(STDOUT_FILENO) == 0 || options.format != "table")
    return print_again_and_again(usages, options, due);
  show_live(usages, options, due);
}

}  // namespace

int stats_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  StatsOptions options;
  Parser parser("sdcont stats", "[OPTIONS] [CONTAINER...]");
  parser.flag("-a,--all", options.all, "those that do not run, too");
  parser.flag("--no-stream", options.once, "once, and not again and again");
  parser.flag("--no-trunc", options.whole, "whole ids");
  parser.option("-i,--interval", options.interval, "SECONDS", "between two refreshes (default: 1)");
  parser.choice("--sort", options.sort, stats_sort_keys(), "by a column, the largest first");
  parser.option("--format", options.format, "FORMAT", "table, json, or text with {{.Field}} in it");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  constexpr double kShortest = 0.05, kLongest = 86400;
  if (!(options.interval >= kShortest && options.interval <= kLongest))
    throw Error("--interval: it can be 0.05 to 86400 seconds");
  Store store(global.paths);
  Usages usages(store, {parsed.rest, options.all});
  show(usages, options);
  return 0;
}

}  // namespace sdcont
