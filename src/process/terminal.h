#pragma once

#include <termios.h>

#include <optional>

#include "util/fd.h"

namespace sdcont {

struct Pty {
  Fd master;
  Fd slave;
};

/// A pty of the devpts that is mounted at /dev/pts: called inside the container's root.
Pty open_pty();

/// Makes the slave our controlling terminal and standard input, output and error. The session must be new.
void adopt_terminal(const Fd& slave);

/// A terminal or pipe opened once more, so that its other users do not find it non-blocking. Files do not
/// block, and have a position that is to be shared: of these a duplicate.
Fd nonblocking_output(int fd);

/// Copies the window's size from one terminal to another; nothing where `from` is none.
void copy_window_size(int from, int to) noexcept;

/// The mode of a terminal; nothing where the descriptor is none.
std::optional<termios> terminal_mode(int fd) noexcept;
void set_terminal_mode(int fd, const termios& mode) noexcept;

/// Puts a terminal into raw mode, and back at its end; a descriptor that is no terminal is left alone.
class RawMode {
 public:
  explicit RawMode(int fd);
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

 private:
  int fd_;
  std::optional<termios> saved_;
};

}  // namespace sdcont
