#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "container/cgroup_mounts.h"
#include "container/cleanup.h"
#include "container/storage.h"
#include "container/supervision.h"
#include "process/terminal.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {

void Supervisor::run() noexcept {
  if (!launch()) give_up();
  try {
    wait_for_end();
    while (runs_again()) wait_for_end();
    finish();
  } catch (const Error& error) {
    hub_.end(Message::failure, Channel::fields_of(error.failure()), signals_);
  } catch (const std::exception& error) {
    hub_.end(Message::failure, Channel::fields_of({.doing = error.what()}), signals_);
  }
}

bool Supervisor::launch() noexcept {
  try {
    prepare();
    start_init();
    if (!await_go()) return false;
    if (spec_.stop.run_timeout_usec) timer_->set(*spec_.stop.run_timeout_usec);
    init_->execute();
    task_.store.launched(spec_.id);  // from here on it runs, whatever becomes of us and of the client
    task_.launch.reset();
    if (task_.fresh) note("create");
    if (!task_.fresh) keep_record();
    note("start");
    notifier_.started();
    tell_running();
    return true;
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
  timer_.emplace();
  streams_.open();
  notifier_.open(task_.store.notify_socket(spec_.id), spec_);
}

void Supervisor::start_init() {
  init_.emplace(task_, streams_, InitRun::Place{task_.born_in, task_.entrances, task_.storage},
                notifier_.address());
  for (const int file : task_.entrances) close(file);
  if (task_.storage >= 0) close(task_.storage);  // the container's alone: it goes with that
  task_.client.send(Message::init_started,
                    {std::to_string(init_->id().pid), std::to_string(init_->id().start_time)},
                    {init_->process().get()});
  // a memory limit is for the container, not for who tells of it; without the right to do so it goes without
  try_write_control("/proc/self/oom_score_adj", "-1000");
  if (spec_.process.terminal) {
    terminal_mode_ = terminal_mode(STDIN_FILENO);
    if (terminal_mode_) terminal_.reset(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  }
  leave_callers_descriptors();
  streams_.close_theirs();
  hub_.log_to(
      make_log_writer(spec_.logging, {spec_.id, spec_.name, spec_.image, task_.store.directory(spec_.id)}));
  hub_.listen(Channel::listen_at(task_.store.socket(spec_.id)));
}

// What the container inherits is its own alone: whoever reads its other end sees it close. What is to be run
// again (--restart) gets the same sockets again.
void Supervisor::leave_callers_descriptors() const {
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd <= 2; ++fd) dup2(null.get(), fd);
  const unsigned preserved = preserved_descriptors(spec_.process, task_.notify.activation);
  if (preserved > 0 && spec_.restart.policy == Restart::Policy::no) close_range(3, 2 + preserved, 0);
}

// False where the launch is given up.
bool Supervisor::await_go() {
  bool go = false;
  bool over = false;
  while (!go && !over) {
    PollSet events;
    events.add(signals_.get(), POLLIN, [&](short) { over = true; });
    events.add(init_->channel().get(), POLLIN, [&](short) { hear_init(); });
    events.add(task_.client.get(), POLLIN, [&](short) { hear_client(go, over); });
    events.wait();
  }
  return !over;
}

void Supervisor::hear_client(bool& go, bool& over) {
  const auto packet = task_.client.receive();
  if (packet && packet->type == Message::placed) {
    hand_on_placed();
  } else if (packet && packet->type == Message::resize) {
    streams_.resize(packet->fields);
  } else if (packet && packet->type == Message::go) {
    before_ = counted_before(packet->fields);
    go = true;
  } else {
    over = true;
  }
}

void Supervisor::hand_on_placed() {
  const auto mounts = open_cgroup_mounts(task_.plan, task_.host, std::to_string(init_->id().pid));
  std::vector<int> descriptors;
  for (const Fd& mount : mounts) descriptors.push_back(mount.get());
  init_->channel().send(Message::placed, {}, descriptors);
}

// That it runs, for after a boot. By us and not by the client, who could write it after we have told of the
// end.
void Supervisor::keep_record() {
  try {
    auto record = task_.store.load(spec_.id);
    if (!record) return;
    const Fd writing = task_.store.lock_record(*record);
    task_.store.keep(*record);
  } catch (const Error&) {
    // a full disk: only a boot while it runs would leave the record of the time before
  }
}

void Supervisor::hear_init() {
  Packet packet = init_->expect_any();
  if (packet.type == Message::terminal) return streams_.take_terminal(packet.take_descriptor());
  task_.client.send(packet.type, packet.fields);
}

// A client that was killed just now is none of its container's business.
void Supervisor::tell_running() {
  try {
    task_.client.send(Message::running);
  } catch (const Error&) {
    task_.client.close();
  }
  // one that is gone cannot put its terminal back itself
  hub_.follow(std::move(task_.client), [this] {
    if (terminal_mode_) set_terminal_mode(terminal_.get(), *terminal_mode_);
    terminal_.reset();
    terminal_mode_.reset();
  });
}

void Supervisor::tell_client(const Failure& failure) noexcept {
  try {
    task_.client.send(failure);
  } catch (const std::exception&) {
    task_.client.close();  // it is gone, and the launch is undone by us
  }
}

// Kills init. A client that lives undoes the rest, since it knows what it was doing; else it is up to us.
void Supervisor::give_up() noexcept {
  try {
    if (init_) init_->kill();
    while (task_.client && task_.client.receive()) {
    }
    const auto record = task_.store.load(spec_.id);
    // in a scope we hold what is to be undone ourselves: the next command finds the record and does it
    const bool in_scope = record && record->cgroup && record->cgroup->manager == CgroupManager::systemd;
    if (record && !in_scope && is_ending(record->client)) undo_launch(*record, task_.store);
  } catch (const std::exception&) {
    // the next command heals what is left
  }
  _exit(kExitOwnFailure);
}

void supervise(SupervisorTask task) noexcept {
  Supervisor supervisor(std::move(task));
  supervisor.run();
  _exit(0);
}

}  // namespace sdcont
