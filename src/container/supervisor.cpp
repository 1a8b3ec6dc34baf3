#include "container/supervisor.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "cgroup/freezer.h"
#include "cgroup/remove.h"
#include "container/cgroup_mounts.h"
#include "container/cleanup.h"
#include "container/evidence.h"
#include "container/hub.h"
#include "container/init_run.h"
#include "container/inside.h"
#include "container/restart.h"
#include "container/storage.h"
#include "process/terminal.h"
#include "state/events.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"
#include "util/timer.h"

namespace sdcont {
namespace {

class Supervisor {
 public:
  explicit Supervisor(SupervisorTask task) : task_(std::move(task)) {}

  void run() noexcept {
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

 private:
  bool launch() noexcept;
  void prepare();
  void start_init();
  void leave_callers_descriptors() const;
  bool await_go();
  void hear_client(bool& go, bool& over);
  void hand_on_placed();
  void hear_init();
  void keep_record();
  void tell_running();
  void tell_client(const Failure& failure) noexcept;
  [[noreturn]] void give_up() noexcept;

  void wait_for_end();
  void note_end();
  void note(const char* action, const std::map<std::string, std::string>& attributes = {});
  bool is_wanted_again();
  void write(Record record);
  bool runs_again();
  bool pause_for(uint64_t usec);
  void run_again();
  void finish();

  void read_signal();
  void read_timer();
  bool systemds_time_is_up();
  void await_systemds_signal();
  void begin_stop(Reason cause, int signal, uint64_t grace_usec);

  SupervisorTask task_;
  const ContainerSpec& spec_ = task_.spec;
  Streams streams_{spec_};
  Hub hub_{streams_,
           spec_.process.stdin_once,
           {.stop = [this](int signal, uint64_t grace) { begin_stop(Reason::stopped, signal, grace); },
            .last_run = [this] { is_last_run_ = true; }}};
  Notifier notifier_{task_.notify, task_.client_process};
  std::optional<InitRun> init_;
  Fd signals_, terminal_;
  std::optional<Timer> timer_;
  std::optional<termios> terminal_mode_;  // of the client's terminal, before it is raw
  CountedBefore before_;
  std::optional<Reason> stopping_;
  const char* ran_out_ = "--timeout";
  uint64_t born_ns_ = now_boottime_ns();
  Record ended_;  // the container's, once its command has ended
  RestartDelay delay_;
  bool is_last_run_ = false;
};

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

void Supervisor::wait_for_end() {
  malloc_trim(0);
  bool ended = false;
  while (!ended) {
    PollSet events;
    // first: systemd signals all of the scope at once, and the command may be the faster one to end
    events.add(signals_.get(), POLLIN, [&](short) { read_signal(); });
    events.add(init_->process().get(), POLLIN, [&](short) { ended = true; });
    events.add(timer_->get(), POLLIN, [&](short) { read_timer(); });
    notifier_.wait_for(events);
    hub_.wait_for(events);
    events.wait();
  }
  note_end();
}

void Supervisor::read_signal() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) > 0) {
    begin_stop(systemds_time_is_up() ? Reason::timeout : Reason::stopped, spec_.stop.signal,
               spec_.stop.grace_usec);
  }
}

// systemd ends a scope whose RuntimeMaxSec is over by the same signal as `systemctl stop`. It counts from the
// scope's start, which came after ours.
bool Supervisor::systemds_time_is_up() {
  const auto most = spec_.resources.find("systemd/RuntimeMaxUSec");
  if (most == spec_.resources.end()) return false;
  const auto* usec = std::get_if<uint64_t>(&most->second);
  if (usec == nullptr || (now_boottime_ns() - born_ns_) / 1000 < *usec) return false;
  ran_out_ = "RuntimeMaxSec";
  return true;
}

// systemd signals one process of the scope after the other: the command may have ended before it is our turn.
void Supervisor::await_systemds_signal() {
  constexpr int kRoundMs = 100;
  PollSet events;
  events.add(signals_.get(), POLLIN, [&](short) { read_signal(); });
  events.wait(kRoundMs);
}

void Supervisor::read_timer() {
  if (!timer_->expired()) return;
  if (!stopping_) return begin_stop(Reason::timeout, spec_.stop.signal, spec_.stop.grace_usec);
  signal_process(init_->process(), SIGKILL);
}

// The last request counts.
void Supervisor::begin_stop(Reason cause, int signal, uint64_t grace_usec) {
  if (!stopping_) stopping_ = cause;
  signal_process(init_->process(), signal);
  timer_->set(grace_usec);
  try {  // what is paused hears no signal
    const auto record = task_.store.load(spec_.id);
    if (record && record->cgroup && is_frozen(*record->cgroup)) freeze_cgroup(*record->cgroup, false);
  } catch (const Error&) {
    // the timer does the rest
  }
}

void Supervisor::note_end() {
  End end;
  check(waitid(P_PIDFD, static_cast<id_t>(init_->process().get()), &end.init, WEXITED),
        "cannot wait for init");
  const uint64_t ended_ns = now_boottime_ns();
  auto found = task_.store.load(spec_.id);  // not kept meanwhile: this process is to stay small
  if (!found || !found->cgroup) throw Error("the record of container " + spec_.name + " is lost");
  ended_ = std::move(*found);
  const bool in_scope = ended_.cgroup->manager == CgroupManager::systemd;
  if (!stopping_ && in_scope && exit_status(end.init) == 128 + SIGTERM) await_systemds_signal();
  end.is_first_process = spec_.root.kind != Root::Kind::none && !spec_.namespaces.host_pid;
  end.cause = stopping_;
  end.ran_out = ran_out_;
  gather_evidence(*ended_.cgroup, std::move(before_), end);
  ended_.exit = explain(end);
  ended_.exit->finished_ns = now_realtime_ns();
  ended_.exit->wall_ns = ended_ns - init_->started_ns();
  kill_cgroup(*ended_.cgroup);  // the last who could write anything
  notifier_.drain();
  hub_.drain();
  if (ended_.exit->reason == Reason::out_of_memory) note("oom");
  if (ended_.exit->reason == Reason::stopped) note("stop");
  note("die", {{"exitCode", std::to_string(ended_.exit->status)}});
}

// It may have been renamed since it was launched.
void Supervisor::note(const char* action, const std::map<std::string, std::string>& attributes) {
  Record record;
  record.id = spec_.id;
  record.name = ended_.id.empty() ? spec_.name : ended_.name;
  record.image = spec_.image;
  record.labels = spec_.labels;
  note_event(task_.store.paths(), event_of(record, action, attributes));
}

// What `update --restart` has made of it meanwhile.
bool Supervisor::is_wanted_again() {
  Restart restart = spec_.restart;
  try {
    if (!spec_.remove)  // else update refuses
      restart = task_.store.load_spec(spec_.id).restart;
  } catch (const Error&) {
    // it is as it was at the start
  }
  return !is_last_run_ && wants_restart(restart, *ended_.exit, ended_.restarts);
}

// True once the command runs again.
bool Supervisor::runs_again() {
  if (!is_wanted_again()) return false;
  ended_.status = Status::restarting;
  write(ended_);
  stopping_.reset();
  if (!pause_for(delay_.next(ended_.exit->wall_ns)) || !is_wanted_again()) return false;
  try {
    run_again();
    return true;
  } catch (const Error& error) {
    if (init_ && init_->was_killed()) {  // a run that has ended, as one whose command is killed
      write(ended_);
      return true;
    }
    if (init_) init_->kill();
    ended_.exit->status = error.failure().exit_status;
    ended_.exit->explanation += std::string("; it could not be run again: ") + error.what();
    return false;
  }
}

// It may be renamed meanwhile.
void Supervisor::write(Record record) {
  const Fd writing = task_.store.lock_record(record);
  task_.store.update(record);
  ended_.name = record.name;
}

// False where it is to be stopped meanwhile.
bool Supervisor::pause_for(uint64_t usec) {
  bool over = false;
  timer_->set(usec);
  while (!over && !stopping_ && !is_last_run_) {
    PollSet events;
    events.add(signals_.get(), POLLIN, [&](short) { read_signal(); });
    events.add(timer_->get(), POLLIN, [&](short) { over = true; });
    hub_.wait_for(events);
    events.wait();
  }
  timer_->set(spec_.stop.run_timeout_usec.value_or(kUnlimited));
  return !stopping_ && !is_last_run_;
}

// In the same cgroup, which goes on counting.
void Supervisor::run_again() {
  const CgroupRecord& cgroup = *ended_.cgroup;
  if (is_frozen(cgroup)) freeze_cgroup(cgroup, false);  // it was killed while it stood still
  before_ = count_before_next_run(cgroup);
  ++ended_.restarts;
  if (spec_.systemd) clear_cgroup(cgroup);
  streams_.open();
  const Fd storage = make_storage(ended_);
  // not by CLONE_INTO_CGROUP: kernels kill who is cloned into a cgroup on which cgroup.kill was used (seen
  // with 6.18)
  const std::vector<Fd> entrances = open_entrances(cgroup, Hierarchies::all);
  InitRun::Place place{-1, {}, storage.get()};
  for (const Fd& file : entrances) place.entrances.push_back(file.get());
  init_.emplace(task_, streams_, place, notifier_.address());
  streams_.close_theirs();
  for (;;) {
    Packet packet = init_->expect_any();
    if (packet.type == Message::terminal) streams_.take_terminal(packet.take_descriptor());
    if (packet.type == Message::ready) break;
  }
  ended_.init = init_->id();
  ended_.status = Status::running;
  ended_.started_ns = now_realtime_ns();
  Record running = ended_;
  running.exit.reset();
  write(running);
  register_again(spec_, ended_.init);
  init_->execute();
  note("start");
}

void Supervisor::finish() {
  unregister_at_end(spec_);
  ended_.status = Status::exited;
  auto message = conclude(ended_, task_.store);
  if (ended_.remove) note("destroy");
  message.insert(message.begin(), exit_to_json(*ended_.exit));
  hub_.end(Message::ended, message, signals_);
  if (!ended_.remove) task_.store.sync(ended_.id);
}

}  // namespace

void supervise(SupervisorTask task) noexcept {
  Supervisor supervisor(std::move(task));
  supervisor.run();
  _exit(0);
}

}  // namespace sdcont
