#pragma once

#include <array>
#include <deque>

#include "log/lines.h"
#include "log/writer.h"
#include "systemd/journal.h"

namespace sdcont {

/// Sends each line to journald, with docker's and podman's fields: MESSAGE, PRIORITY (6, and 3 of standard
/// error), CONTAINER_NAME, CONTAINER_ID, CONTAINER_ID_FULL, CONTAINER_TAG, IMAGE_NAME, SYSLOG_IDENTIFIER, and
/// CONTAINER_PARTIAL_MESSAGE of a piece of a line.
class JournalWriter final : public LogWriter {
 public:
  JournalWriter(const Logging& logging, const LogIdentity& identity);

  void write(Stream stream, std::string_view data) override;
  void finish() override;
  [[nodiscard]] int blocked_on() const override { return waiting_.empty() ? -1 : journal_.descriptor(); }
  void resume() override;

 private:
  void add(Stream stream, std::string_view line, bool whole);
  bool send(const LogEntry& entry);

  LogIdentity identity_;
  std::string short_id_, tag_;
  Journal journal_;
  std::array<Lines, kStreams> lines_;
  std::deque<LogEntry> waiting_;  // what journald has had no room for: at most a piece's lines
};

}  // namespace sdcont
