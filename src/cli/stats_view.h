#pragma once

#include <map>
#include <string>
#include <vector>

#include "container/usage.h"

namespace sdcont {

/// The names of the columns that --sort takes.
std::vector<std::string> stats_sort_keys();
/// By that column, the largest first, or by name; "" leaves docker's order.
void sort_usages(const std::string& key, std::vector<const FollowedContainer*>& containers);

/// The column that a key sorts by in the live table; `otherwise` where it is none's.
std::string sort_key_of(char key, const std::string& otherwise);
/// What keys there are, in a line.
std::string sort_keys_line();

/// docker's fields, and Throttled, CPUPressure, MemPressure, IOPressure ("some / full").
std::map<std::string, std::string> stats_row(const FollowedContainer& container, bool whole);

/// As wide as a terminal: a table with bars and, where there is room, the course of CPU and memory.
struct LiveView {
  size_t width = 80, height = 24;
  bool unicode = true;
};
/// The lines of it, none wider than the terminal, and no more than it has.
std::vector<std::string> live_lines(const std::vector<const FollowedContainer*>& containers,
                                    const LiveView& view, bool whole);

/// "▃▆█": values of 0 to `most`, or more.
std::string sparkline(const std::deque<float>& values, double most, size_t width, bool unicode);
/// "██▌  ": a share of 0 to 1.
std::string bar(double share, size_t width, bool unicode);

}  // namespace sdcont
