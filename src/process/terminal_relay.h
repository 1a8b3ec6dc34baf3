#pragma once

#include <poll.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "process/detach_keys.h"
#include "process/terminal.h"
#include "util/fd.h"

namespace sdcont {

/// Stands between the master of a container's terminal and the caller's own: what is typed goes in, what is
/// shown comes out. Nothing here blocks; the caller polls, together with whatever else it waits for:
///
///   auto events = relay.wanted();          // put these three before or behind one's own
///   poll(…, timeout);
///   relay.handle(events);
class TerminalRelay {
 public:
  struct Options {
    int input = 0;                 ///< what is typed
    int output = 1;                ///< what is shown
    bool typing = true;            ///< -i; else the input is left alone
    std::string detach_keys = {};  ///< bytes (parse_detach_keys); empty: none
    std::function<void(const std::string&)> warn = [](const std::string&) {};
  };
  using Events = std::array<pollfd, 3>;

  /// Takes over the master, and with -i puts the input into raw mode until its own end. Without a master
  /// there is nothing to do.
  TerminalRelay(Fd master, Options options);

  /// What to poll for; the descriptors of what is not waited for are -1.
  [[nodiscard]] Events wanted() const;
  void handle(const Events& events);

  /// The container's terminal has the size of the caller's.
  void resize() const noexcept { copy_window_size(options_.input, master_.get()); }
  /// There is something left to be read or shown.
  [[nodiscard]] bool is_open() const { return master_ || !shown_.empty(); }
  /// What was read is shown: once nobody writes any more, a poll without anything to read means the end.
  [[nodiscard]] bool is_shown() const { return shown_.empty(); }
  [[nodiscard]] bool is_detached() const { return keys_.found(); }
  /// No more is read; what was read is still shown.
  void close() noexcept { master_.reset(); }
  /// The master goes to somebody else, who reads from now on.
  [[nodiscard]] Fd take() noexcept { return std::move(master_); }
  /// Gives up what is left to be shown, too.
  void abandon() noexcept;

 private:
  enum Source { kTerminal, kInput, kOutput };

  void read_input();
  void type_input();
  void read_terminal();
  void show_output();

  Options options_;
  Fd master_, output_;
  DetachKeys keys_;
  std::string typed_;  // for the container's terminal
  std::string shown_;  // from it
  std::optional<RawMode> raw_;
};

}  // namespace sdcont
