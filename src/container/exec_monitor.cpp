#include "container/exec_monitor.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <optional>

#include "container/explain.h"
#include "process/clone.h"
#include "process/join.h"
#include "process/program.h"
#include "process/terminal.h"
#include "util/file.h"
#include "util/signals.h"
#include "util/time.h"

extern "C" {  // glibc 2.36 declares these without it
#include <sys/pidfd.h>
}

namespace sdcont {
namespace {

/// What sdcont-enter tells.
struct Told {
  char what = 0;  ///< p: a pid; f, s, e: errno of fork, setsid, execve; 0: nothing, it is gone
  int32_t number = 0;
};

Told hear(const Fd& socket) {
  std::array<char, 1 + sizeof(int32_t)> message{};
  ssize_t n = 0;
  while ((n = recv(socket.get(), message.data(), message.size(), 0)) < 0 && errno == EINTR) {
  }
  Told told;
  if (n != static_cast<ssize_t>(message.size())) return told;
  told.what = message[0];
  memcpy(&told.number, message.data() + 1, sizeof told.number);
  return told;
}

constexpr const char* kNoRoom = "is its --pids-limit, or its --ulimit nproc, reached?";

pid_t clone_into(int cgroup, Fd& pidfd) {
  try {
    return clone_process({0, cgroup}, pidfd);
  } catch (const Error& error) {
    const Error failed("cannot start a process in the container", error.error());
    throw error.error() == EAGAIN ? failed.remedy(kNoRoom) : failed;
  }
}

class ExecMonitor {
 public:
  explicit ExecMonitor(ExecMonitorTask task) : task_(std::move(task)) {}

  void run() noexcept {
    try {
      prepare();
      join();
      take_command();
      start_command();
      wait_for_end();
    } catch (const Error& error) {
      give_up(error.failure());
    } catch (const std::exception& error) {
      give_up({.doing = error.what()});
    }
  }

 private:
  void prepare();
  void join();
  void close_standard_files() const;
  void take_command();
  void start_command();
  void wait_for_end();
  void give_up(const Failure& failure) noexcept;
  void hear_client();
  void drain_terminal();
  void tell(Message type, const std::vector<std::string>& fields,
            const std::vector<int>& descriptors = {}) noexcept;
  [[nodiscard]] Error joining_was_killed() const;

  ExecMonitorTask task_;
  Channel joining_;
  Fd start_, joiner_, command_;
  Fd terminal_;  // the client's, to be put back where it is killed
  std::optional<termios> terminal_mode_;
  Fd master_;  // of a terminal that nobody looks at
};

void ExecMonitor::prepare() {
  // of a session of its own: a terminal's Ctrl-C and Ctrl-Z are for the client
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  task_.supervisor.enter();
  if (task_.process.terminal && !task_.record.detached) {
    terminal_mode_ = terminal_mode(STDIN_FILENO);
    if (terminal_mode_) terminal_.reset(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  }
  if (task_.record.detached) close_standard_files();
  task_.record.monitor = identify(getpid());
}

void ExecMonitor::join() {
  std::array<int, 2> sockets{};
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()), "cannot make a socket pair");
  start_.reset(sockets[0]);
  Fd start(sockets[1]);
  auto ends = Channel::make_pair();
  if (clone_into(task_.payload.born_in(), joiner_) == 0) {
    ends.first.close();
    task_.client.close();
    task_.records.reset();
    run_join({.process = task_.process,
              .channel = ends.second,
              .start = start.get(),
              .enter = task_.program.get(),
              .null = task_.null.get(),
              .init = task_.init.get(),
              .enter_cgroups =
                  [this] {
                    task_.payload.enter();
                    task_.payload.verify();
                  },
              .in_project = task_.in_project});
  }
  joining_ = std::move(ends.first);
  close_standard_files();  // the command's alone: whoever reads their other ends sees them close
}

void ExecMonitor::close_standard_files() const {
  for (int fd = 0; fd <= 2; ++fd) dup2(task_.null.get(), fd);
}

// Until sdcont-enter runs, and has told of the process that it forked.
void ExecMonitor::take_command() {
  while (auto packet = joining_.receive()) {
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
    if (packet->type != Message::terminal) continue;
    Fd master = packet->take_descriptor();
    copy_window_size(terminal_.get(), master.get());
    if (task_.record.detached) {
      master_ = std::move(master);
    } else {
      task_.client.send(Message::terminal, {}, {master.get()});
    }
  }
  joining_.close();
  const Told told = hear(start_);
  siginfo_t joined{};
  check(waitid(P_PIDFD, static_cast<id_t>(joiner_.get()), &joined, WEXITED), "cannot wait for sdcont-enter");
  if (told.what == 'f') {
    throw Error("cannot start a process in the container", told.number).remedy(kNoRoom);
  }
  if (told.what != 'p') throw joining_was_killed();
  command_.reset(pidfd_open(told.number, 0));
  siginfo_t child{};
  // whoever says so may be the container: only what is our child is believed
  if (!command_ ||
      waitid(P_PIDFD, static_cast<id_t>(command_.get()), &child, WEXITED | WNOHANG | WNOWAIT) != 0) {
    throw Error("the command's process cannot be found");
  }
  task_.record.process = identify(told.number);
}

// Who kills all that is in a container may come to it before its init: then the client sees whether that has
// ended.
Error ExecMonitor::joining_was_killed() const {
  constexpr int kPatienceMs = 1000;
  pollfd init{task_.init.get(), POLLIN, 0};
  poll(&init, 1, kPatienceMs);
  return Error("the process that was to join the container was killed; is its --memory too low?");
}

void ExecMonitor::start_command() {
  task_.record.started_ns = now_realtime_ns();
  write_exec_record(task_.records.get(), task_.record);
  if (send(start_.get(), "g", 1, MSG_NOSIGNAL) < 0) throw joining_was_killed();
  const Told told = hear(start_);
  start_.reset();
  if (told.what == 'e') throw execution_error(task_.process.args.at(0), told.number);
  if (told.what != 0) throw Error("cannot give the command a session of its own", told.number);
  tell(Message::running, {}, {command_.get()});
  task_.note("exec_create", {{"execID", task_.record.id}});
  if (task_.record.detached) task_.client.close();
}

void ExecMonitor::wait_for_end() {
  if (task_.record.detached) malloc_trim(0);
  for (;;) {
    std::array<pollfd, 3> events{
        {{command_.get(), POLLIN, 0}, {task_.client.get(), POLLIN, 0}, {master_.get(), POLLIN, 0}}};
    while (poll(events.data(), events.size(), -1) < 0) {
      if (errno != EINTR) throw_errno("cannot wait for events");
    }
    if (events[0].revents != 0) break;
    if (events[1].revents != 0) hear_client();
    if (events[2].revents != 0) drain_terminal();
  }
  siginfo_t info{};
  // Reaped last: until then the container's init, which may be ending, waits for it, and with it all who
  // remove the record.
  check(waitid(P_PIDFD, static_cast<id_t>(command_.get()), &info, WEXITED | WNOWAIT),
        "cannot wait for the command");
  task_.record.finished_ns = now_realtime_ns();
  task_.record.status = exit_status(info);
  try {
    write_exec_record(task_.records.get(), task_.record);
  } catch (const Error& error) {
    tell(Message::failure, {error.what(), "0", "", std::to_string(*task_.record.status)});
  }
  tell(Message::ended, {std::to_string(*task_.record.status)});
  task_.note("exec_die", {{"execID", task_.record.id}, {"exitCode", std::to_string(*task_.record.status)}});
  waitid(P_PIDFD, static_cast<id_t>(command_.get()), &info, WEXITED);
}

void ExecMonitor::hear_client() {
  auto packet = task_.client.receive();
  if (packet && packet->type == Message::terminal) master_ = packet->take_descriptor();
  if (packet) return;
  // it is gone, and cannot put its terminal back itself
  if (terminal_mode_ && !master_) set_terminal_mode(terminal_.get(), *terminal_mode_);
  task_.client.close();
  terminal_.reset();
}

// A command that nobody looks at is not to stand still because of that.
void ExecMonitor::drain_terminal() {
  std::array<char, 16384> buffer{};
  const ssize_t n = read(master_.get(), buffer.data(), buffer.size());
  if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) master_.reset();
}

void ExecMonitor::give_up(const Failure& failure) noexcept {
  for (const Fd* process : {&joiner_, &command_}) {
    siginfo_t info{};
    if (!*process) continue;
    pidfd_send_signal(process->get(), SIGKILL, nullptr, 0);
    waitid(P_PIDFD, static_cast<id_t>(process->get()), &info, WEXITED);
  }
  if (task_.record.started_ns != 0) unlinkat(task_.records.get(), (task_.record.id + ".json").c_str(), 0);
  try {
    task_.client.send(failure);
  } catch (const std::exception&) {
    task_.client.close();  // it is gone
  }
}

void ExecMonitor::tell(Message type, const std::vector<std::string>& fields,
                       const std::vector<int>& descriptors) noexcept {
  if (!task_.client) return;
  try {
    task_.client.send(type, fields, descriptors);
  } catch (const std::exception&) {
    task_.client.close();  // it is gone
  }
}

}  // namespace

void monitor_exec(ExecMonitorTask task) noexcept {
  ExecMonitor(std::move(task)).run();
  _exit(0);
}

}  // namespace sdcont
