#include <malloc.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "cgroup/freezer.h"
#include "cgroup/remove.h"
#include "container/cleanup.h"
#include "container/inside.h"
#include "container/supervision.h"
#include "state/events.h"
#include "util/text.h"

namespace sdcont {

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

void Supervisor::finish() {
  unregister_at_end(spec_);
  ended_.status = Status::exited;
  auto message = conclude(ended_, task_.store);
  if (ended_.remove) note("destroy");
  message.insert(message.begin(), exit_to_json(*ended_.exit));
  hub_.end(Message::ended, message, signals_);
  if (!ended_.remove) task_.store.sync(ended_.id);
}

}  // namespace sdcont
