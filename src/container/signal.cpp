#include "container/signal.h"

#include <csignal>

#include "cgroup/freezer.h"
#include "container/await.h"
#include "container/state.h"
#include "container/stop.h"
#include "state/events.h"
#include "util/error.h"
#include "util/process_id.h"
#include "util/signals.h"

namespace sdcont {
namespace {

Held hold_running(const Record& found, Store& store) {
  Held held = hold(found, store);
  if (!held.record) throw Error("container " + found.name + " is gone");
  require_alive(*held.record);
  return held;
}

void freeze(const Record& record, bool frozen) {
  try {
    freeze_cgroup(record.cgroup.value(), frozen);
  } catch (const Error&) {
    require_alive(record);  // its end is the cause, where it has ended meanwhile
    throw;
  }
}

// Its command ended by itself meanwhile. It is not run again now, or is already, and is meant as well.
void kill_next_run(const Record& record, int signal, const Store& store) {
  const auto present = store.load(record.id);
  if (present && is_alive(*present)) signal_process(open_process(present->init), signal);
}

}  // namespace

void pause_container(const Record& found, Store& store) {
  const Held held = hold_running(found, store);  // of two at once, one finds it paused
  const Record& record = *held.record;
  if (is_paused(record)) throw Error("container " + record.name + " is already paused");
  freeze(record, true);
  const auto present = store.load(record.id);
  // One that was ending could not be held. With --restart the next run is not to stand still.
  if (!present || !is_alive(*present) || is_ending(present->init) || present->init != record.init) {
    freeze(record, false);
    throw Error("container " + record.name + " is not running");
  }
  note_event(store.paths(), event_of(record, "pause"));
}

void unpause_container(const Record& found, Store& store) {
  const Held held = hold_running(found, store);
  const Record& record = *held.record;
  if (!is_paused(record)) throw Error("container " + record.name + " is not paused");
  freeze(record, false);
  note_event(store.paths(), event_of(record, "unpause"));
}

void kill_container(const Record& found, int signal, Store& store) {
  const Record record = await_running(found, store);
  // noted first: whoever sees the end finds what it came from
  note_event(store.paths(), event_of(record, "kill", {{"signal", std::to_string(signal)}}));
  const bool ends_it = signal == SIGKILL || signal == store.load_spec(record.id).stop.signal;
  if (ends_it) forbid_restart(record, store);
  if (!signal_process(open_process(record.init), signal)) {
    if (!ends_it || store.load_spec(record.id).restart.policy == Restart::Policy::no)
      throw Error("container " + record.name + " is not running");
    kill_next_run(record, signal, store);
  }
  // what v1's freezer holds dies when it is thawed
  if (signal == SIGKILL && record.cgroup) thaw_for_kill(*record.cgroup);
}

}  // namespace sdcont
