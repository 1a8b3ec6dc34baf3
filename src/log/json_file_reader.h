#pragma once

#include <deque>
#include <string>

#include "log/reader.h"
#include "util/fd.h"

namespace sdcont {

/// Reads json-file's files, also while they are rotated.
class JsonFileReader final : public LogReader {
 public:
  explicit JsonFileReader(const LogIdentity& identity);

  std::optional<LogEntry> next() override;
  void wait_for(PollSet& events) override;

 private:
  bool read_more();
  bool open_next();

  Fd directory_, watch_;
  std::deque<Fd> files_;  // the first is read; they stay ours, whatever they are called by now
  std::string text_;      // read and not yet given
  size_t given_ = 0;      // of it
};

}  // namespace sdcont
