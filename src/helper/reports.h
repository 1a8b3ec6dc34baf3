#pragma once

#include "archive/load.h"

namespace sdcont {

/// How long work is told of: a line a layer on a terminal, nothing elsewhere. One at a time.
class ProgressLines {
 public:
  explicit ProgressLines(bool quiet);
  ~ProgressLines();
  ProgressLines(const ProgressLines&) = delete;
  ProgressLines& operator=(const ProgressLines&) = delete;

  [[nodiscard]] Reports reports();

 private:
  struct Line {
    std::string name;
    uint64_t size = 0, done = 0;
  };
  void begin(const std::vector<std::pair<std::string, uint64_t>>& layers);
  void add(size_t layer, uint64_t bytes);
  void warn(const std::string& text);
  void draw();

  bool shown_, ended_ = false;
  std::mutex mutex_;
  std::vector<Line> lines_;
  size_t drawn_ = 0;  ///< lines that are on the terminal
  uint64_t started_ns_ = 0, last_ns_ = 0;
};

}  // namespace sdcont
