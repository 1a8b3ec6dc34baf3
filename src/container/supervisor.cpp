#include "container/supervisor.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include "container/cleanup.h"
#include "container/explain.h"
#include "process/clone.h"
#include "process/init.h"
#include "process/namespaces.h"
#include "process/terminal.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

class Supervisor {
 public:
  explicit Supervisor(SupervisorTask task) : task_(std::move(task)) {}

  void run() noexcept {
    if (!launch()) give_up();
    try {
      wait_for_end();
      finish();
    } catch (const Error& error) {
      tell_client(error.failure());
    } catch (const std::exception& error) {
      tell_client({.doing = error.what()});
    }
  }

 private:
  enum Source { kClient, kInit, kInitProcess, kSignals, kTimer, kSources };

  bool launch() noexcept;
  void prepare();
  void start_init();
  bool await_go();
  bool await_command();
  [[noreturn]] void give_up() noexcept;
  void wait_for_end();
  void finish();

  std::array<pollfd, kSources> wait_for_events();
  bool pass_on_from_init();
  bool systemds_time_is_up();
  void tell_client(const Failure& failure) noexcept;
  std::string how_init_died();
  void read_signal();
  void read_timer();
  void begin_stop(Reason cause);
  void set_timer(uint64_t usec);

  SupervisorTask task_;
  Channel init_;
  Fd init_process_, signals_, timer_, terminal_;
  std::optional<termios> terminal_mode_;
  std::vector<AncestorOom> ancestors_;
  std::optional<Reason> stopping_;
  const char* ran_out_ = "--timeout";
  uint64_t born_ns_ = now_boottime_ns();
  uint64_t started_ns_ = 0;
};

bool Supervisor::launch() noexcept {
  try {
    prepare();
    start_init();
    return await_go() && await_command();
  } catch (const Error& error) {
    tell_client(error.failure());
  } catch (const std::exception& error) {
    tell_client({.doing = error.what()});
  }
  return false;
}

void Supervisor::prepare() {
  // of a session of its own: a terminal's Ctrl-C is for the client, which passes it on
  setsid();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  signals_.reset(check(signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals"));
  timer_.reset(check(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), "cannot make a timer"));
}

void Supervisor::start_init() {
  auto [ours, theirs] = Channel::make_pair();
  const pid_t pid = clone_process({clone_flags(task_.spec.namespaces), task_.born_in}, init_process_);
  if (pid == 0) {
    ours.close();
    const bool placed = task_.born_in >= 0 || !task_.entrances.empty();
    run_init({task_.spec, task_.plan, theirs, task_.entrances, task_.reaper, task_.in_project, task_.storage,
              placed});
  }
  init_ = std::move(ours);
  for (const int file : task_.entrances) close(file);
  if (task_.storage >= 0) close(task_.storage);  // the container's alone: it goes with that
  const ProcessId init = identify(pid);
  task_.client.send(Message::init_started, {std::to_string(init.pid), std::to_string(init.start_time)},
                    init_process_.get());
  // a memory limit is for the container, not for who tells of it; without the right to do so it goes without
  try_write_control("/proc/self/oom_score_adj", "-1000");
  if (task_.spec.process.terminal) {
    terminal_mode_ = terminal_mode(STDIN_FILENO);
    if (terminal_mode_) terminal_.reset(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  }
  // what the container inherits is its own alone: whoever reads its other end sees it close
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd <= 2; ++fd) dup2(null.get(), fd);
  const int preserved = task_.spec.process.preserve_fds;
  if (preserved > 0) close_range(3, static_cast<unsigned>(2 + preserved), 0);
}

std::array<pollfd, Supervisor::kSources> Supervisor::wait_for_events() {
  std::array<pollfd, kSources> events{{{task_.client.get(), POLLIN, 0},
                                       {init_.get(), POLLIN, 0},
                                       {init_process_.get(), POLLIN, 0},
                                       {signals_.get(), POLLIN, 0},
                                       {timer_.get(), POLLIN, 0}}};
  while (poll(events.data(), events.size(), -1) < 0) {
    if (errno != EINTR) throw_errno("cannot wait for events");
  }
  return events;
}

// One message of init's to the client; false where the launch has failed.
bool Supervisor::pass_on_from_init() {
  const auto packet = init_.receive();
  if (!packet) {
    tell_client({how_init_died(), 0, "is a limit too low for it to start? see --memory and --pids-limit"});
    return false;
  }
  task_.client.send(packet->type, packet->fields, packet->fd.get());
  return packet->type != Message::failure;
}

bool Supervisor::await_go() {
  for (;;) {
    const auto events = wait_for_events();
    if (events[kSignals].revents != 0) return false;
    if (events[kInit].revents != 0 && !pass_on_from_init()) return false;
    if (events[kClient].revents == 0) continue;
    auto packet = task_.client.receive();
    if (packet && packet->type == Message::placed) {
      init_.send(Message::placed);
      continue;
    }
    if (!packet || packet->type != Message::go) return false;
    for (size_t i = 0; i + 1 < packet->fields.size(); i += 2) {
      ancestors_.push_back(
          {packet->fields[i], parse_unsigned(packet->fields[i + 1]).value_or(0), kUnlimited});
    }
    return true;
  }
}

bool Supervisor::await_command() {
  init_.send(Message::go);
  bool executing = false;
  for (;;) {
    const auto packet = init_.receive();
    if (!packet && executing) break;
    if (packet && packet->type == Message::executing) {
      executing = true;
      started_ns_ = now_boottime_ns();
      continue;
    }
    tell_client(packet && packet->type == Message::failure
                    ? failure_of(*packet)
                    : Failure{how_init_died(), 0,
                              "is a limit too low for it to start? see --memory and --pids-limit"});
    return false;
  }
  init_.close();
  task_.store.launched(task_.spec.id);
  if (task_.spec.stop.run_timeout_usec) set_timer(*task_.spec.stop.run_timeout_usec);
  try {
    task_.client.send(Message::running);
  } catch (const Error&) {
    task_.client.close();  // killed just now: its container is not
  }
  return true;
}

void Supervisor::tell_client(const Failure& failure) noexcept {
  try {
    task_.client.send(failure);
  } catch (const std::exception&) {
    task_.client.close();  // it is gone, and the launch is undone by us
  }
}

std::string Supervisor::how_init_died() {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(init_process_.get()), &info, WEXITED | WNOWAIT) == 0 &&
      info.si_code != CLD_EXITED) {
    return "the container's init was killed by signal " + std::to_string(info.si_status) +
           " before the command ran";
  }
  return "the container's init ended before the command ran";
}

// Kills init. A client that lives undoes the rest, since it knows what it was doing; else it is up to us.
void Supervisor::give_up() noexcept {
  try {
    if (init_process_) {
      signal_process(init_process_, SIGKILL);
      siginfo_t info{};
      waitid(P_PIDFD, static_cast<id_t>(init_process_.get()), &info, WEXITED);
    }
    while (task_.client && task_.client.receive()) {
    }
    const auto record = task_.store.load(task_.spec.id);
    // in a scope we hold what is to be undone ourselves: the next command finds the record and does it
    const bool in_scope = record && record->cgroup && record->cgroup->manager == CgroupManager::systemd;
    if (record && !in_scope && !is_running(record->client)) undo_launch(*record, task_.store);
  } catch (const std::exception&) {
    // the next command heals what is left
  }
  _exit(kExitOwnFailure);
}

void Supervisor::wait_for_end() {
  malloc_trim(0);
  for (;;) {
    const auto events = wait_for_events();
    // first: systemd signals all of the scope at once, and the command may be the faster one to end
    if (events[kSignals].revents != 0) read_signal();
    if (events[kInitProcess].revents != 0) return;
    if (events[kTimer].revents != 0) read_timer();
    if (events[kClient].revents != 0 && !task_.client.receive()) {
      // the client is gone and cannot put its terminal back itself
      if (terminal_mode_) set_terminal_mode(terminal_.get(), *terminal_mode_);
      task_.client.close();
    }
  }
}

void Supervisor::read_signal() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) > 0) {
    if (!stopping_) begin_stop(systemds_time_is_up() ? Reason::timeout : Reason::stopped);
  }
}

// systemd ends a scope whose RuntimeMaxSec is over by the same signal as `systemctl stop`. It counts from the
// scope's start, which came after ours.
bool Supervisor::systemds_time_is_up() {
  const auto most = task_.spec.resources.find("systemd/RuntimeMaxUSec");
  if (most == task_.spec.resources.end()) return false;
  const auto* usec = std::get_if<uint64_t>(&most->second);
  if (usec == nullptr || (now_boottime_ns() - born_ns_) / 1000 < *usec) return false;
  ran_out_ = "RuntimeMaxSec";
  return true;
}

void Supervisor::read_timer() {
  uint64_t expirations = 0;
  if (read(timer_.get(), &expirations, sizeof expirations) < 0) return;
  if (stopping_) {
    signal_process(init_process_, SIGKILL);
  } else {
    begin_stop(Reason::timeout);
  }
}

void Supervisor::begin_stop(Reason cause) {
  stopping_ = cause;
  signal_process(init_process_, task_.spec.stop.signal);
  set_timer(task_.spec.stop.grace_usec);
}

void Supervisor::set_timer(uint64_t usec) {
  constexpr uint64_t kSecond = 1'000'000;
  if (usec == kUnlimited) return;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(usec / kSecond);
  when.it_value.tv_nsec = static_cast<long>(usec % kSecond * 1000);
  if (usec == 0) when.it_value.tv_nsec = 1;  // zero would disarm it
  check(timerfd_settime(timer_.get(), 0, &when, nullptr), "cannot set a timer");
}

void Supervisor::finish() {
  End end;
  check(waitid(P_PIDFD, static_cast<id_t>(init_process_.get()), &end.init, WEXITED), "cannot wait for init");
  const uint64_t ended_ns = now_boottime_ns();
  auto found = task_.store.load(task_.spec.id);  // not kept meanwhile: this process is to stay small
  if (!found || !found->cgroup) throw Error("the record of container " + task_.spec.name + " is lost");
  Record record = std::move(*found);
  end.cause = stopping_;
  end.ran_out = ran_out_;
  end.usage = read_statistics(*record.cgroup);  // before the cgroup goes, and the counters with it
  end.before = std::move(ancestors_);
  end.after = read_ancestor_oom(*record.cgroup);
  record.exit = explain(end);
  record.exit->finished_ns = now_realtime_ns();
  record.exit->wall_ns = ended_ns - started_ns_;
  record.status = Status::exited;
  auto message = conclude(record, task_.store);
  message.insert(message.begin(), exit_to_json(*record.exit));
  try {
    if (task_.client) task_.client.send(Message::ended, message);
  } catch (const Error&) {
    task_.client.close();
  }
  if (!record.remove) task_.store.sync(record.id);
}

}  // namespace

void supervise(SupervisorTask task) noexcept {
  Supervisor supervisor(std::move(task));
  supervisor.run();
  _exit(0);
}

}  // namespace sdcont
