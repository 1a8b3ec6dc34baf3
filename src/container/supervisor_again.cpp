#include "cgroup/freezer.h"
#include "container/inside.h"
#include "container/storage.h"
#include "container/supervision.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {

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

}  // namespace sdcont
