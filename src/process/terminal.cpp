#include "process/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"

namespace sdcont {

Pty open_pty() {
  Pty pty;
  pty.master = open_file("/dev/ptmx", O_RDWR | O_NOCTTY);
  int unlock = 0;
  check(ioctl(pty.master.get(), TIOCSPTLCK, &unlock), "cannot unlock the container's terminal");
  // by the master, not by a path: the slave of this very devpts
  pty.slave.reset(check(ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
                        "cannot open the container's terminal"));
  return pty;
}

void adopt_terminal(const Fd& slave) {
  check(ioctl(slave.get(), TIOCSCTTY, 0), "cannot make the terminal the controlling one");
  for (int fd = 0; fd <= 2; ++fd) check(dup2(slave.get(), fd), "cannot redirect to the terminal");
}

Fd nonblocking_output(int fd) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode))) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    Fd own(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own) return own;
  }
  return Fd(check(fcntl(fd, F_DUPFD_CLOEXEC, 3), "cannot use the standard output"));
}

void copy_window_size(int from, int to) noexcept {
  winsize size{};
  if (ioctl(from, TIOCGWINSZ, &size) == 0) ioctl(to, TIOCSWINSZ, &size);
}

std::optional<termios> terminal_mode(int fd) noexcept {
  termios mode{};
  if (tcgetattr(fd, &mode) != 0) return std::nullopt;
  return mode;
}

void set_terminal_mode(int fd, const termios& mode) noexcept { tcsetattr(fd, TCSADRAIN, &mode); }

RawMode::RawMode(int fd) : fd_(fd), saved_(terminal_mode(fd)) {
  if (!saved_) return;
  termios raw = *saved_;
  cfmakeraw(&raw);
  set_terminal_mode(fd_, raw);
}

RawMode::~RawMode() {
  if (saved_) set_terminal_mode(fd_, *saved_);
}

}  // namespace sdcont
