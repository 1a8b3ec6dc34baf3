#pragma once

#include "journal/entries.h"
#include "log/reader.h"

namespace sdcont {

/// What JournalWriter has sent.
class JournalReader final : public LogReader {
 public:
  JournalReader(const LogIdentity& identity, uint64_t since_ns)
      : entries_("CONTAINER_ID_FULL=" + identity.id, since_ns / 1000) {}

  std::optional<LogEntry> next() override;
  void wait_for(PollSet& events) override {
    events.add(entries_.descriptor(), POLLIN, [this](short) { entries_.process(); });
  }

 private:
  JournalEntries entries_;
};

}  // namespace sdcont
