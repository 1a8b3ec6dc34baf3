#include "container/remove.h"

#include <poll.h>

#include <csignal>

#include "util/error.h"

namespace sdcont {
namespace {

constexpr int kPatienceMs = 10'000;

void await_end(const Fd& supervisor, const Record& record) {
  if (!supervisor) return;
  pollfd end{supervisor.get(), POLLIN, 0};
  if (poll(&end, 1, kPatienceMs) == 0) {
    throw Error("container " + record.name + " does not end, though it was killed")
        .remedy("a process in it may wait for a device or a file server: see ps -o pid,stat,wchan " +
                std::to_string(record.init.pid));
  }
}

// Kills the container; its supervisor then concludes it, where it lives, and ends.
void kill_and_wait(const Record& record) {
  const Fd supervisor = open_process(record.supervisor);
  if (record.cgroup) kill_cgroup(*record.cgroup);
  signal_process(open_process(record.init), SIGKILL);
  await_end(supervisor, record);
}

}  // namespace

void remove_container(const Record& record, RemoveMode mode, AnonymousVolumes volumes, Store& store) {
  const bool ended = record.status == Status::exited || record.status == Status::dead;
  const bool alive = !ended && (is_running(record.init) || is_running(record.supervisor));
  if (alive && mode == RemoveMode::ended_only) {
    throw Error("container " + record.name + " is running").remedy("stop it first, or use sdcont rm -f");
  }
  if (alive) kill_and_wait(record);
  if (ended) await_end(open_process(record.supervisor), record);  // which syncs the record
  if (!store.load(record.id)) return;                             // it was one with --rm, and is gone
  forget(record, volumes, store);
}

}  // namespace sdcont
