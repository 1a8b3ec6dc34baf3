#include "container/remove.h"

#include <csignal>

#include "container/await.h"
#include "container/stop.h"
#include "state/events.h"
#include "util/error.h"

namespace sdcont {
namespace {

// Kills the container; its supervisor then concludes it, where it lives, and ends.
void kill_and_wait(const Record& record, const Store& store) {
  if (record.cgroup) kill_cgroup(*record.cgroup);
  signal_process(open_process(record.init), SIGKILL);
  await_supervisor(record, store);
}

}  // namespace

void remove_container(const Record& found, RemoveMode mode, AnonymousVolumes volumes, Store& store) {
  const auto [lock, record] = hold(found, store);  // from here on nobody starts it again
  if (!record) return;                             // it was one with --rm, or its launch failed
  const bool alive = !stands_still(*record) && (is_running(record->init) || is_running(record->supervisor));
  if (alive && mode == RemoveMode::ended_only) {
    throw Error("container " + record->name + " is running").remedy("stop it first, or use sdcont rm -f");
  }
  if (alive) {
    note_event(store.paths(), event_of(*record, "kill", {{"signal", std::to_string(SIGKILL)}}));
    forbid_restart(*record, store);
    kill_and_wait(*record, store);
  } else {
    await_supervisor(*record, store);
  }
  const auto present = store.load(record->id);
  if (!present) return;
  forget(*present, volumes, store);
  note_event(store.paths(), event_of(*present, "destroy"));
}

}  // namespace sdcont
