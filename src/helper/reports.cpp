#include "helper/reports.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "util/output.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;
constexpr uint64_t kRedraw = kNanoseconds / 10;
constexpr size_t kBar = 30;

std::string bar(uint64_t done, uint64_t size) {
  const size_t full = size == 0 ? kBar : static_cast<size_t>(done * kBar / size);
  return "[" + std::string(full, '=') + (full < kBar ? ">" + std::string(kBar - full - 1, ' ') : "") + "]";
}

}  // namespace

ProgressLines::ProgressLines(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) != 0) {}

ProgressLines::~ProgressLines() {
  if (!shown_ || lines_.empty()) return;
  ended_ = true;
  draw();
}

Reports ProgressLines::reports() {
  return {[this](const auto& layers) { begin(layers); },
          [this](size_t layer, uint64_t bytes) { add(layer, bytes); },
          [this](const std::string& text) { warn(text); }};
}

void ProgressLines::begin(const std::vector<std::pair<std::string, uint64_t>>& layers) {
  const std::lock_guard lock(mutex_);
  lines_.clear();
  drawn_ = 0;
  for (const auto& [name, size] : layers) lines_.push_back({name, size, 0});
  started_ns_ = last_ns_ = now_boottime_ns();
}

void ProgressLines::add(size_t layer, uint64_t bytes) {
  if (!shown_) return;
  const std::lock_guard lock(mutex_);
  lines_.at(layer).done += bytes;
  const uint64_t now = now_boottime_ns();
  if (now - last_ns_ < kRedraw) return;
  last_ns_ = now;
  draw();
}

void ProgressLines::warn(const std::string& text) {
  print_warning(text);
  drawn_ = 0;  // below it
}

void ProgressLines::draw() {
  const double elapsed = static_cast<double>(now_boottime_ns() - started_ns_) / kNanoseconds;
  std::string text = drawn_ == 0 ? "" : fmt::format("\x1b[{}A", drawn_);
  for (const Line& line : lines_) {
    const double rate = elapsed > 0 ? static_cast<double>(line.done) / elapsed : 0;
    std::string rest = "done";
    if (line.done < line.size) {
      rest = line.done == 0 ? (ended_ ? "here already" : "waiting")
                            : fmt::format("{}/s, {} left", format_size(static_cast<uint64_t>(rate)),
                                          format_seconds(static_cast<double>(line.size - line.done) / rate));
    }
    text += fmt::format("\r\x1b[K{:<14}{} {}/{} {}\n", line.name, bar(line.done, line.size),
                        format_size(line.done), format_size(line.size), rest);
  }
  drawn_ = lines_.size();
  write_error(text);
}

}  // namespace sdcont
