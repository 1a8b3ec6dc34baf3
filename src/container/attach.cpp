#include "container/attach.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "process/terminal.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr size_t kChunk = 16384;

class Attachment {
 public:
  Attachment(Launched& container, const ContainerSpec& spec,
             const std::function<void(const std::string&)>& warn)
      : container_(container), warn_(warn), stdin_open_(spec.process.terminal && spec.process.stdin_open) {
    const sigset_t set = forwarded_signals();
    signals_.reset(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals"));
    if (container_.terminal && stdin_open_) raw_.emplace(STDIN_FILENO);
  }

  ExitRecord run() {
    while (!exit_) step();
    drain_terminal();
    return std::move(*exit_);
  }

 private:
  enum Source { kSupervisor, kSignals, kTerminal, kInput, kSources };

  void step() {
    std::array<pollfd, kSources> events{{{container_.supervisor.get(), POLLIN, 0},
                                         {signals_.get(), POLLIN, 0},
                                         {container_.terminal.get(), POLLIN, 0},
                                         {stdin_open_ ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (poll(events.data(), events.size(), -1) < 0 && errno != EINTR) throw_errno("cannot wait for events");
    if (events[kSignals].revents != 0) pass_signals();
    if (events[kInput].revents != 0) pass_input();
    if (events[kTerminal].revents != 0 && !pass_output()) container_.terminal.reset();
    if (events[kSupervisor].revents != 0) hear_supervisor();
  }

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
      } else {
        signal_process(container_.init, signal);
      }
    }
  }

  void pass_input() {
    std::array<char, kChunk> buffer{};
    const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n > 0 && container_.terminal) {
      write_all(container_.terminal.get(), std::string(buffer.data(), static_cast<size_t>(n)));
    } else if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
      stdin_open_ = false;
    }
  }

  // false at the terminal's end: EIO, when nobody has its other side open any more
  bool pass_output() const {
    std::array<char, kChunk> buffer{};
    const ssize_t n = read(container_.terminal.get(), buffer.data(), buffer.size());
    if (n <= 0) return n < 0 && (errno == EINTR || errno == EAGAIN);
    write_all(STDOUT_FILENO, std::string(buffer.data(), static_cast<size_t>(n)));
    return true;
  }

  // What was written before the end and not yet shown.
  void drain_terminal() const {
    pollfd terminal{container_.terminal.get(), POLLIN, 0};
    while (container_.terminal && poll(&terminal, 1, 0) > 0 && (terminal.revents & POLLIN) != 0) {
      if (!pass_output()) break;
    }
  }

  Launched& container_;
  const std::function<void(const std::string&)>& warn_;
  bool stdin_open_;
  Fd signals_;
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
