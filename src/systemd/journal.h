#pragma once

#include <span>
#include <string_view>

#include "util/fd.h"

namespace sdcont {

/// A field of a journal entry: a name of A-Z, 0-9 and _ (not first), and a value of any bytes.
struct JournalField {
  std::string_view name, value;
};

enum class JournalResult {
  sent,
  would_block,  ///< journald does not keep up: wait for the descriptor to be writable, and send it again
  absent,       ///< there is no journal here, or it is gone
  refused,      ///< the kernel does not take it: no memory
};

/// Entries for journald by its own protocol (systemd's JOURNAL_NATIVE_PROTOCOL.md), without libsystemd.
/// Nothing here ever waits. The socket is systemd's, not journald's: what is sent while journald restarts
/// lies in it until then.
class Journal {
 public:
  static constexpr const char* kSocket = "/run/systemd/journal/socket";

  explicit Journal(std::string_view socket = kSocket) : path_(socket) {}

  /// Connects where that was not done yet, and again where the socket was made anew.
  JournalResult send(std::span<const JournalField> fields) noexcept;
  /// To poll for POLLOUT after would_block; -1 before the first send.
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  bool connect() noexcept;
  JournalResult send_text(std::string_view text) noexcept;

  std::string_view path_;  ///< of a constant, or what outlives this
  Fd socket_;
};

/// True where there is a journal to send to.
bool has_journal() noexcept;

}  // namespace sdcont
