#pragma once

#include <memory>
#include <optional>

#include "log/log.h"
#include "spec/container_spec.h"
#include "util/poll_set.h"

namespace sdcont {

/// Reads what a container has written, oldest first, and what it writes meanwhile.
class LogReader {
 public:
  virtual ~LogReader() = default;
  /// Nothing where no more is there for now.
  virtual std::optional<LogEntry> next() = 0;
  /// Adds what tells that there may be more.
  virtual void wait_for(PollSet& events) = 0;
};

/// Of every driver but journald (src/journal/). Throws Error where the driver keeps nothing.
std::unique_ptr<LogReader> make_log_reader(const Logging& logging, const LogIdentity& identity);

}  // namespace sdcont
