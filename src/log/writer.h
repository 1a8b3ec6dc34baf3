#pragma once

#include <memory>
#include <string_view>

#include "log/log.h"
#include "spec/container_spec.h"

namespace sdcont {

/// Keeps what a container writes. Nothing here waits: who holds the container's pipes is told when to.
class LogWriter {
 public:
  virtual ~LogWriter() = default;

  /// Takes what was read; not to be called while blocked_on() tells of a descriptor.
  virtual void write(Stream stream, std::string_view data) = 0;
  /// The container has ended: what has no end of line is a line, too.
  virtual void finish() = 0;
  /// What has to be writable (POLLOUT) before there is room for more, and resume() be called then; else -1.
  [[nodiscard]] virtual int blocked_on() const { return -1; }
  virtual void resume() {}
};

/// Null for `none` and `passthrough`.
std::unique_ptr<LogWriter> make_log_writer(const Logging& logging, const LogIdentity& identity);

}  // namespace sdcont
