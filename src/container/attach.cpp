#include "container/attach.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "process/terminal.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr size_t kChunk = 16384;

// A terminal or pipe opened once more, so that its other users do not find it non-blocking. Files do not
// block, and have a position that is to be shared.
Fd nonblocking_output(int fd) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode))) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    Fd own(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own) return own;
  }
  return Fd(check(fcntl(fd, F_DUPFD_CLOEXEC, 3), "cannot use the standard output"));
}

class Attachment {
 public:
  Attachment(Launched& container, const ContainerSpec& spec,
             const std::function<void(const std::string&)>& warn)
      : container_(container), warn_(warn), stdin_open_(spec.process.terminal && spec.process.stdin_open) {
    const sigset_t set = forwarded_signals();
    signals_.reset(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals"));
    if (!container_.terminal) return;
    check(fcntl(container_.terminal.get(), F_SETFL, O_RDWR | O_NONBLOCK),
          "cannot use the container's terminal");
    output_ = nonblocking_output(STDOUT_FILENO);
    if (stdin_open_) raw_.emplace(STDIN_FILENO);
  }

  ExitRecord run() {
    while (!exit_ || output_pending()) step();
    return std::move(*exit_);
  }

 private:
  enum Source { kSupervisor, kSignals, kTerminal, kInput, kOutput, kSources };

  // Nothing here blocks but poll(2): a signal is passed on whatever the terminals' other sides do.
  void step() {
    const auto wanted = static_cast<short>((shown_.empty() ? POLLIN : 0) | (typed_.empty() ? 0 : POLLOUT));
    std::array<pollfd, kSources> events{{{exit_ ? -1 : container_.supervisor.get(), POLLIN, 0},
                                         {signals_.get(), POLLIN, 0},
                                         {wanted == 0 ? -1 : container_.terminal.get(), wanted, 0},
                                         {stdin_open_ && typed_.empty() ? STDIN_FILENO : -1, POLLIN, 0},
                                         {shown_.empty() ? -1 : output_.get(), POLLOUT, 0}}};
    // after the end, what was written before it is there already
    const int count = poll(events.data(), events.size(), exit_ && shown_.empty() ? 0 : -1);
    if (count < 0 && errno != EINTR) throw_errno("cannot wait for events");
    if (count == 0) return container_.terminal.reset();
    if (events[kSignals].revents != 0) pass_signals();
    if (events[kInput].revents != 0) read_input();
    if ((events[kTerminal].revents & POLLOUT) != 0) type_input();
    if ((events[kTerminal].revents & (POLLHUP | POLLERR)) != 0) typed_.clear();  // nobody reads it
    if ((events[kTerminal].revents & ~POLLOUT) != 0 && shown_.empty()) read_terminal();
    if (events[kOutput].revents != 0) show_output();
    if (events[kSupervisor].revents != 0) hear_supervisor();
  }

  [[nodiscard]] bool output_pending() const { return container_.terminal || !shown_.empty(); }

  void hear_supervisor() {
    const auto packet = container_.supervisor.receive();
    if (!packet) {
      throw Error("the supervisor of container " + container_.record.name + " was killed")
          .remedy("the container itself may still run: see sdcont ps; sdcont rm -f " +
                  container_.record.name);
    }
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
    if (packet->type != Message::ended) return;
    exit_ = exit_from_json(packet->fields.at(0));
    for (size_t i = 1; i < packet->fields.size(); ++i) warn_("could not remove " + packet->fields[i]);
  }

  void pass_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const auto signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGWINCH) {
        if (container_.terminal) copy_window_size(STDIN_FILENO, container_.terminal.get());
      } else if (exit_ || !signal_process(container_.init, signal)) {
        shown_.clear();  // it has ended: what is left of its output is not waited for
        container_.terminal.reset();
      }
    }
  }

  void read_input() {
    std::array<char, kChunk> buffer{};
    const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n > 0 && container_.terminal) typed_.assign(buffer.data(), static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) stdin_open_ = false;
  }

  void type_input() {
    const ssize_t n = write(container_.terminal.get(), typed_.data(), typed_.size());
    if (n > 0) typed_.erase(0, static_cast<size_t>(n));
    if (n < 0 && errno != EINTR && errno != EAGAIN) typed_.clear();
  }

  // Its end is EIO: nobody has its other side open any more.
  void read_terminal() {
    std::array<char, kChunk> buffer{};
    const ssize_t n = read(container_.terminal.get(), buffer.data(), buffer.size());
    if (n > 0) {
      shown_.assign(buffer.data(), static_cast<size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      container_.terminal.reset();
      typed_.clear();
    }
  }

  // Where it cannot be shown the terminal is gone for the container, too, as when a window is closed.
  void show_output() {
    const ssize_t n = write(output_.get(), shown_.data(), shown_.size());
    if (n > 0) shown_.erase(0, static_cast<size_t>(n));
    if (n >= 0 || errno == EINTR || errno == EAGAIN) return;
    warn_(std::string("cannot write the output: ") + strerror(errno) +
          "; the container's terminal is closed");
    shown_.clear();
    container_.terminal.reset();
  }

  Launched& container_;
  const std::function<void(const std::string&)>& warn_;
  bool stdin_open_;
  std::string typed_;  // for the container's terminal
  std::string shown_;  // from it
  Fd signals_, output_;
  std::optional<RawMode> raw_;
  std::optional<ExitRecord> exit_;
};

}  // namespace

sigset_t forwarded_signals() {
  sigset_t set;
  sigfillset(&set);
  // not ours to pass on: those of the client's own life, its terminal's job control, and its own faults
  for (const int signal :
       {SIGCHLD, SIGPIPE, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGKILL,   SIGSTOP, SIGSEGV,
        SIGBUS,  SIGFPE,  SIGILL, SIGTRAP, SIGABRT, SIGSYS,  SIGPROF, SIGVTALRM, SIGXCPU, SIGXFSZ}) {
    sigdelset(&set, signal);
  }
  return set;
}

ExitRecord attach(Launched& container, const ContainerSpec& spec,
                  const std::function<void(const std::string&)>& warn) {
  return Attachment(container, spec, warn).run();
}

}  // namespace sdcont
