#include "container/cleanup.h"

#include "util/error.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

std::vector<std::string> remove_cgroups(const Record& record) {
  if (!record.cgroup) return {};
  kill_cgroup(*record.cgroup);
  return remove_cgroup(*record.cgroup);
}

void require_gone(const std::vector<std::string>& left) {
  if (!left.empty()) throw Error("cannot remove " + join(left, ", "), EBUSY).remedy("something else has entered it");
}

// Nobody saw this end: what the cgroup still tells is all that will be known.
void conclude_lost(Record record, const std::string& how, Store& store) {
  ExitRecord exit;
  exit.status = 128 + 9;
  exit.signal = 9;
  exit.reason = Reason::lost;
  exit.explanation = how;
  exit.finished_ns = now_realtime_ns();
  if (record.cgroup) exit.usage = read_statistics(*record.cgroup);
  record.exit = exit;
  record.status = Status::exited;
  require_gone(conclude(record, store));
}

void heal_record(const std::string& id, Store& store) {
  const auto found = store.load(id);
  if (!found || found->status == Status::exited || is_running(found->supervisor)) return;
  const Fd lock = store.lock(id);
  const auto record = store.load(id);  // again: another command may have healed it while we waited
  if (!record || record->status == Status::exited || is_running(record->init)) return;
  if (record->status == Status::launching) {
    if (is_running(record->client)) return;
    if (record->supervisor.pid == 0 && record->client.pid != 0) return undo_launch(*record, store);
  }
  conclude_lost(*record, "its supervisor was killed, or the machine went down: nobody saw how it ended", store);
}

}  // namespace

void undo_launch(const Record& record, Store& store) {
  const auto left = remove_cgroups(record);
  store.remove(record);
  require_gone(left);
}

std::vector<std::string> conclude(const Record& record, Store& store) {
  auto left = remove_cgroups(record);
  if (record.remove) {
    store.remove(record);
  } else {
    store.finish(record);
  }
  return left;
}

void heal_launches(Store& store) {
  for (const Launching& launch : store.launching()) {
    if (is_running(launch.client)) continue;
    const auto record = store.load(launch.id);
    if (record && is_running(record->supervisor)) continue;
    if (record) {
      undo_launch(*record, store);
    } else {
      Record unknown;  // killed before its first record
      unknown.id = launch.id;
      store.remove(unknown);
    }
  }
}

void heal(Store& store) {
  heal_launches(store);
  for (const std::string& id : store.ids()) heal_record(id, store);
}

}  // namespace sdcont
