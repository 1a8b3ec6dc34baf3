#include "container/attach.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "log/log.h"
#include "process/detach_keys.h"
#include "process/terminal.h"
#include "util/error.h"
#include "util/file.h"
#include "util/poll_set.h"

namespace sdcont {
namespace {

constexpr size_t kPiece = 16384;

bool is_output(Message type) { return type == Message::output || type == Message::error_output; }

// Nothing in here blocks but poll(2): a signal is passed on whatever the other sides do.
class Attachment {
 public:
  Attachment(const Channel& supervisor, const Record& record, const Store& store,
             const AttachOptions& options)
      : supervisor_(supervisor),
        record_(record),
        store_(store),
        options_(options),
        keys_(options.detach_keys),
        input_open_(options.input) {
    if (options.terminal) resize();
    for (size_t i = 0; i < kStreams; ++i) outputs_.at(i).to = nonblocking_output(static_cast<int>(i) + 1);
    if (options.terminal && options.input) raw_.emplace(STDIN_FILENO);
    signal(SIGPIPE, SIG_IGN);  // told as an error instead
    if (!options.pass_signals) return;
    const sigset_t set = forwarded_signals();
    signals_.reset(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals"));
  }

  std::optional<ExitRecord> run() {
    while (!keys_.found() && !is_done() && (!exit_ || owes())) step();
    if (exit_) return std::move(exit_);
    tell_supervisor(supervisor_, Message::detach);
    return std::nullopt;
  }

 private:
  struct Output {
    Fd to;
    std::string owed = {};
  };

  // Who shows nothing stays for what is typed.
  [[nodiscard]] bool is_done() const {
    return !options_.output && !options_.error_output && !input_open_ && typed_.empty();
  }
  [[nodiscard]] bool owes() const { return !outputs_[0].owed.empty() || !outputs_[1].owed.empty(); }

  void step() {
    PollSet events;
    events.add(signals_.get(), POLLIN, [this](short) { read_signals(); });
    for (Output& output : outputs_) {
      if (!output.owed.empty())
        events.add(output.to.get(), POLLOUT, [this, &output](short) { show(output); });
    }
    if (typed_.empty()) {
      events.add(input_open_ ? STDIN_FILENO : -1, POLLIN, [this](short) { read_input(); });
    }
    const auto wanted = static_cast<short>((owes() ? 0 : POLLIN) | (typed_.empty() ? 0 : POLLOUT));
    events.add(exit_ || wanted == 0 ? -1 : supervisor_.get(), wanted, [this](short happened) {
      if ((happened & POLLOUT) != 0) send_typed();
      if ((happened & ~POLLOUT) != 0 && !owes()) hear_supervisor();
    });
    events.wait();
  }

  void hear_supervisor() {
    auto packet = supervisor_.receive();
    if (!packet) {
      const auto ended = store_.load(record_.id);
      // it was not to wait any longer until we have read all
      if (ended && ended->exit) {
        exit_ = ended->exit;
        return;
      }
      if (!ended || ended->supervisor != record_.supervisor)
        throw Error("container " + record_.name + " is gone, and nobody told us how it ended");
      throw Error("the supervisor of container " + record_.name + " was killed")
          .remedy("the container itself may still run: see sdcont ps; sdcont rm -f " + record_.name);
    }
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
    const bool shown = packet->type == Message::output ? options_.output : options_.error_output;
    if (is_output(packet->type) && shown && !abandoned_)
      outputs_.at(packet->type == Message::output ? 0 : 1).owed = std::move(packet->data);
    if (packet->type != Message::ended) return;
    exit_ = exit_from_json(packet->fields.at(0));
    for (size_t i = 1; i < packet->fields.size(); ++i) options_.warn("could not remove " + packet->fields[i]);
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const auto signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGWINCH) {
        if (options_.terminal) resize();
      } else if (!pass_on(signal)) {
        abandoned_ = true;  // it has ended: what is left of its output is not waited for
        for (Output& output : outputs_) output.owed.clear();
      }
    }
  }

  // Its command may have been run again since we came. False where it has ended.
  bool pass_on(int signal) {
    const auto record = exit_ ? std::nullopt : store_.load(record_.id);
    if (record && record->status == Status::restarting) {
      tell_supervisor(supervisor_, Message::stop, {std::to_string(SIGTERM), "0"});
      return true;
    }
    return record && signal_process(open_process(record->init), signal);
  }

  void resize() {
    winsize size{};
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) return;
    tell_supervisor(supervisor_, Message::resize, {std::to_string(size.ws_row), std::to_string(size.ws_col)});
  }

  void read_input() {
    std::array<char, kPiece> buffer{};
    const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n > 0) {
      typed_ = keys_.filter({buffer.data(), static_cast<size_t>(n)});
      if (!typed_.empty()) send_typed();
    } else if (n == 0 || !is_passing(errno)) {
      input_open_ = false;
      tell_supervisor(supervisor_, Message::input);
    }
  }

  // Where the container has ended meanwhile, that is what the supervisor says next.
  void send_typed() {
    try {
      if (supervisor_.offer(Message::input, typed_)) typed_.clear();
    } catch (const Error&) {
      typed_.clear();
      input_open_ = false;
    }
  }

  void show(Output& output) {
    const ssize_t n = write(output.to.get(), output.owed.data(), output.owed.size());
    if (n > 0) output.owed.erase(0, static_cast<size_t>(n));
    if (n >= 0 || is_passing(errno)) return;
    const int error = errno;
    output.owed.clear();
    if (complained_) return;
    complained_ = true;
    options_.warn(std::string("cannot write the output: ") + strerror(error) +
                  (options_.started_here ? "; the container is told that nobody reads it" : ""));
    if (options_.started_here && !exit_) tell_supervisor(supervisor_, Message::hang_up);
  }

  const Channel& supervisor_;
  const Record& record_;
  const Store& store_;
  const AttachOptions& options_;
  DetachKeys keys_;
  bool input_open_;
  bool abandoned_ = false;
  bool complained_ = false;
  std::string typed_;  // for the container
  std::array<Output, kStreams> outputs_;
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

void tell_supervisor(const Channel& supervisor, Message message, const std::vector<std::string>& fields) {
  try {
    supervisor.send(message, fields);
  } catch (const Error& error) {
    if (error.error() != EPIPE && error.error() != ECONNRESET) throw;
  }
}

std::optional<ExitRecord> attach(const Channel& supervisor, const Record& record, const Store& store,
                                 const AttachOptions& options) {
  return Attachment(supervisor, record, store, options).run();
}

}  // namespace sdcont
