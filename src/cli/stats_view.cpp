#include "cli/stats_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "spec/names.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct SortKey {
  char key;  ///< that is hit for it
  const char* name;
  double (*value)(const Usage& usage);
};

constexpr char kNameKey = 'a';

double largest(const std::array<double, 3>& values) {
  return *std::max_element(values.begin(), values.end());
}

constexpr std::array kSortKeys = {
    SortKey{'c', "cpu", [](const Usage& u) { return u.cpu_percent; }},
    SortKey{'t', "throttled", [](const Usage& u) { return u.throttled_percent; }},
    SortKey{'m', "mem", [](const Usage& u) { return static_cast<double>(u.memory); }},
    SortKey{'%', "mem%", [](const Usage& u) { return u.memory_percent; }},
    SortKey{'n', "net",
            [](const Usage& u) { return static_cast<double>(u.network.received + u.network.sent); }},
    SortKey{'b', "block", [](const Usage& u) { return static_cast<double>(u.read_bytes + u.write_bytes); }},
    SortKey{'p', "pids", [](const Usage& u) { return static_cast<double>(u.tasks); }},
    SortKey{'s', "pressure", [](const Usage& u) { return largest(u.some_percent); }},
};

/// docker's "%.4g" with KiB, MiB, …
std::string binary_size(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double kBase = 1024;
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= kBase && unit + 1 < kUnits.size(); ++unit) value /= kBase;
  return fmt::format("{:.4g}{}", value, kUnits.at(unit));
}

std::string pressure_words(const Usage& usage, size_t resource) {
  if (!usage.has_pressure) return "--";
  return fmt::format("{:.1f}% / {:.1f}%", usage.some_percent.at(resource), usage.full_percent.at(resource));
}

/// Columns on a terminal of a text in UTF-8 whose characters are all one column wide.
size_t columns_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width) {
  const size_t has = columns_of(text);
  return has < width ? text + std::string(width - has, ' ') : text;
}

std::string cut(const std::string& text, size_t width) {
  size_t at = 0, columns = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && columns++ == width) break;
  }
  return text.substr(0, at);
}

struct LiveColumn {
  std::string head;
  std::function<std::string(const FollowedContainer&)> cell;
};

/// The columns of the live table; those that come last are the first to go where there is no room.
std::vector<LiveColumn> live_columns(bool unicode, bool whole) {
  constexpr size_t kBar = 8, kSpark = 16;
  constexpr double kWhole = 100;
  const auto field = [whole](const char* name) {
    return [name, whole](const FollowedContainer& c) { return stats_row(c, whole).at(name); };
  };
  const auto bar_of = [unicode](double Usage::*percent) {
    return [unicode, percent](const FollowedContainer& c) {
      return bar(c.usage.*percent / kWhole, kBar, unicode);
    };
  };
  return {
      {"CONTAINER ID", field("ID")},
      {"NAME", field("Name")},
      {"CPU %", field("CPUPerc")},
      {"", bar_of(&Usage::cpu_percent)},
      {"THROTTLED", field("Throttled")},
      {"MEM USAGE / LIMIT", field("MemUsage")},
      {"MEM %", field("MemPerc")},
      {"", bar_of(&Usage::memory_percent)},
      {"NET I/O", field("NetIO")},
      {"BLOCK I/O", field("BlockIO")},
      {"PIDS", field("PIDs")},
      {"CPU COURSE", [unicode](const auto& c) { return sparkline(c.cpu_history, kWhole, kSpark, unicode); }},
      {"MEM COURSE",
       [unicode](const auto& c) { return sparkline(c.memory_history, kWhole, kSpark, unicode); }},
      {"CPU PRESSURE", field("CPUPressure")},
      {"MEM PRESSURE", field("MemPressure")},
      {"IO PRESSURE", field("IOPressure")}};
}

}  // namespace

std::vector<std::string> stats_sort_keys() {
  std::vector<std::string> names = {"name"};
  for (const SortKey& key : kSortKeys) names.emplace_back(key.name);
  return names;
}

std::string sort_key_of(char key, const std::string& otherwise) {
  if (key == kNameKey) return "name";
  for (const SortKey& known : kSortKeys) {
    if (known.key == key) return known.name;
  }
  return otherwise;
}

std::string sort_keys_line() {
  std::string line = fmt::format("q: quit   sort by {}: name", kNameKey);
  for (const SortKey& known : kSortKeys) line += fmt::format("  {}: {}", known.key, known.name);
  return line;
}

void sort_usages(const std::string& key, std::vector<const FollowedContainer*>& containers) {
  if (key == "name") {
    std::stable_sort(containers.begin(), containers.end(),
                     [](const auto* a, const auto* b) { return a->name < b->name; });
  }
  for (const SortKey& known : kSortKeys) {
    if (key != known.name) continue;
    std::stable_sort(containers.begin(), containers.end(), [&](const auto* a, const auto* b) {
      return known.value(a->usage) > known.value(b->usage);
    });
  }
}

std::map<std::string, std::string> stats_row(const FollowedContainer& container, bool whole) {
  const Usage& usage = container.usage;
  const std::string id = whole ? container.id : short_id(container.id);
  return {{"Container", id},
          {"ID", id},
          {"Name", container.name},
          {"CPUPerc", fmt::format("{:.2f}%", usage.cpu_percent)},
          {"MemUsage", binary_size(usage.memory) + " / " + binary_size(usage.memory_limit)},
          {"MemPerc", fmt::format("{:.2f}%", usage.memory_percent)},
          {"NetIO", format_size(usage.network.received) + " / " + format_size(usage.network.sent)},
          {"BlockIO", format_size(usage.read_bytes) + " / " + format_size(usage.write_bytes)},
          {"PIDs", std::to_string(usage.tasks)},
          {"Throttled", fmt::format("{:.2f}%", usage.throttled_percent)},
          {"CPUPressure", pressure_words(usage, 0)},
          {"MemPressure", pressure_words(usage, 1)},
          {"IOPressure", pressure_words(usage, 2)}};
}

std::string bar(double share, size_t width, bool unicode) {
  share = std::clamp(share, 0.0, 1.0);
  if (!unicode) {
    const auto full = static_cast<size_t>(std::lround(share * static_cast<double>(width)));
    return std::string(full, '#') + std::string(width - full, '.');
  }
  constexpr std::array kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::lround(share * static_cast<double>(width) * 8));
  std::string text;
  for (size_t i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths.at(eighths % 8);
  return padded(text, width);
}

std::string sparkline(const std::deque<float>& values, double most, size_t width, bool unicode) {
  constexpr std::array kHeights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::string_view kPlain = " .:-=+*#";
  const size_t count = std::min(values.size(), width);
  const auto first = values.end() - static_cast<ptrdiff_t>(count);
  const double top =
      std::max(most, count == 0 ? most : static_cast<double>(*std::max_element(first, values.end())));
  std::string text(width - count, ' ');
  for (auto value = first; value != values.end(); ++value) {
    const auto height = std::min<size_t>(7, static_cast<size_t>(std::max(0.0, *value / top * 8)));
    if (unicode) {
      text += kHeights.at(height);
    } else {
      text += kPlain[height];
    }
  }
  return text;
}

std::vector<std::string> live_lines(const std::vector<const FollowedContainer*>& containers,
                                    const LiveView& view, bool whole) {
  const size_t most = view.height > 2 ? view.height - 2 : 1;  // a head, and the line of the cursor
  const size_t shown = std::min(containers.size(), most);
  std::vector<std::string> lines(shown + 1);
  size_t used = 0;
  for (const LiveColumn& column : live_columns(view.unicode, whole)) {
    std::vector<std::string> cells = {column.head};
    for (size_t i = 0; i < shown; ++i) cells.push_back(column.cell(*containers[i]));
    size_t width = 0;
    for (const std::string& cell : cells) width = std::max(width, columns_of(cell));
    if (used != 0 && used + width > view.width) continue;
    constexpr size_t kGap = 2;
    used += width + kGap;
    for (size_t i = 0; i <= shown; ++i) lines[i] += padded(cells[i], width) + std::string(kGap, ' ');
  }
  if (shown < containers.size())
    lines.back() =
        "… and " + std::to_string(containers.size() - shown + 1) + " more: use a larger terminal, or --sort";
  for (std::string& line : lines) line = cut(line, view.width);
  return lines;
}

}  // namespace sdcont
