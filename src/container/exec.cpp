#include "container/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "cgroup/freezer.h"
#include "container/attach.h"
#include "container/exec_monitor.h"
#include "process/clone.h"
#include "process/command.h"
#include "process/join.h"
#include "process/terminal_relay.h"
#include "spec/names.h"
#include "state/events.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// A pidfd of the container's init.
Fd open_running(const Record& record) {
  Fd init = record.status == Status::running ? open_process(record.init) : Fd();
  if (!init || !record.cgroup || !is_running(record.init)) {
    throw Error("container " + record.name + " is not running");
  }
  if (is_frozen(*record.cgroup)) {
    throw Error("container " + record.name + " is paused").remedy("sdcont unpause " + record.name);
  }
  return init;
}

ExecMonitorTask monitor_task(const Record& record, const ExecRequest& request, const StorePaths& paths,
                             Channel channel) {
  ExecMonitorTask task{.process = request.process, .client = std::move(channel)};
  task.init = open_running(record);
  task.payload = CgroupEntrance::to_payload(*record.cgroup, record.init.pid, record.restarts > 0);
  // on v2 it counts against the scope's tasks there, so only where it has to outlive the caller's session
  if (request.detach || record.cgroup->mode != CgroupMode::unified) {
    task.supervisor = CgroupEntrance::to_supervisor(*record.cgroup);
  }
  task.program = open_enter_program();
  task.null = open_file("/dev/null", O_RDWR);
  task.records = open_exec_records(paths, record.id);
  task.in_project = record.layer_limit && record.layer_limit->kind == LayerLimitKind::quota;
  task.record.id = random_id();
  task.record.command = request.process.args;
  task.record.user = request.process.user;
  task.record.terminal = request.process.terminal;
  task.record.detached = request.detach;
  task.note = [&record, &paths](const char* action, const std::map<std::string, std::string>& attributes) {
    note_event(paths, event_of(record, action, attributes));
  };
  return task;
}

/// The client's side of a command in the foreground.
class ForegroundExec {
 public:
  ForegroundExec(const Channel& monitor, Packet running, Fd terminal, const ExecRequest& request)
      : monitor_(monitor),
        process_(running.take_descriptor()),
        relay_(std::move(terminal), {.typing = request.process.stdin_open,
                                     .detach_keys = request.detach_keys,
                                     .warn = request.warn}) {
    const sigset_t set = forwarded_signals();
    signals_.reset(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals"));
  }

  int run() {
    while (!status_ || relay_.is_open()) {
      step();
      if (relay_.is_detached()) return leave();
    }
    return *status_;
  }

 private:
  void step() {
    const auto terminal = relay_.wanted();
    std::array<pollfd, 5> events{{{status_ ? -1 : monitor_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    std::copy(terminal.begin(), terminal.end(), events.begin() + 2);
    // after the end, what was written before it is there already
    const int count = poll(events.data(), events.size(), status_ && relay_.is_shown() ? 0 : -1);
    if (count < 0 && errno != EINTR) throw_errno("cannot wait for events");
    if (count == 0) return relay_.close();
    if (count < 0) return;
    if (events[1].revents != 0) pass_signals();
    relay_.handle({events[2], events[3], events[4]});
    if (events[0].revents != 0) hear_monitor();
  }

  void hear_monitor() {
    const auto packet = monitor_.receive();
    if (!packet) throw Error("the process that waits for the command was killed; the command may still run");
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
    if (packet->type != Message::ended) return;
    status_ = static_cast<int>(parse_unsigned(packet->fields.at(0)).value_or(kExitOwnFailure));
  }

  void pass_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const auto signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGWINCH) {
        relay_.resize();
      } else if (status_ || !signal_process(process_, signal)) {
        relay_.abandon();  // it has ended: what is left of its output is not waited for
      }
    }
  }

  // The command stays, and somebody has to read what it writes.
  int leave() {
    const Fd master = relay_.take();
    if (master) monitor_.send(Message::terminal, {}, {master.get()});
    return 0;
  }

  const Channel& monitor_;
  Fd process_, signals_;
  TerminalRelay relay_;
  std::optional<int> status_;
};

int execute(const Record& record, const ExecRequest& request, const StorePaths& paths) {
  auto [ours, theirs] = Channel::make_pair();
  const sigset_t signals = forwarded_signals();
  {
    ExecMonitorTask task = monitor_task(record, request, paths, std::move(theirs));
    hide_from_tracers();  // and those that are cloned from here on
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    Fd monitor;
    if (clone_process({0, task.supervisor.born_in()}, monitor) == 0) {
      ours.close();
      monitor_exec(std::move(task));
    }
  }
  Fd terminal;
  for (;;) {
    auto packet = ours.receive();
    if (!packet)
      throw Error("the process that was to wait for the command was killed before the command ran");
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
    if (packet->type == Message::terminal) terminal = packet->take_descriptor();
    if (packet->type != Message::running) continue;
    if (request.detach) return 0;
    return ForegroundExec(ours, std::move(*packet), std::move(terminal), request).run();
  }
}

}  // namespace

int exec_in_container(const Record& record, const ExecRequest& request, const StorePaths& paths) {
  try {
    return execute(record, request, paths);
  } catch (const Error& error) {
    const bool ours = error.failure().exit_status == kExitOwnFailure;
    if (!ours || !is_ending(record.init)) throw;
    throw Error("container " + record.name + " is not running");  // its end is the cause
  }
}

}  // namespace sdcont
