#pragma once

#include <cstdint>
#include <string>

struct sd_journal;

namespace sdcont {

/// Entries of this machine's journal that match "FIELD=value", oldest first. What was sent before is there:
/// journald is asked to take all that waits for it.
class JournalEntries {
 public:
  /// From `since_usec` on (realtime). Throws Error.
  JournalEntries(const std::string& match, uint64_t since_usec);
  JournalEntries(const JournalEntries&) = delete;
  JournalEntries& operator=(const JournalEntries&) = delete;
  ~JournalEntries();

  /// Goes to the next entry; false where there is none for now.
  bool next();
  /// Of the present entry; empty where it has none.
  [[nodiscard]] std::string field(const char* name) const;
  [[nodiscard]] uint64_t time_usec() const;

  /// Readable when there may be more; process() is to be called then.
  [[nodiscard]] int descriptor() const;
  void process();

 private:
  sd_journal* journal_ = nullptr;
};

}  // namespace sdcont
