#include "container/cleanup.h"

#include "spec/names.h"
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

void heal_launch(const Launching& launch, Store& store) {
  if (is_running(launch.client)) return;
  const auto record = store.load(launch.id);
  if (record && is_running(record->supervisor)) return;
  if (record) return undo_launch(*record, store);
  Record unknown;  // killed before its first record
  unknown.id = launch.id;
  store.remove(unknown);
}

// What cannot be healed is no reason to leave the others.
void heal_one(const std::string& id, const std::function<void(const std::string&)>& warn,
              const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    warn("cannot clear up after container " + short_id(id) + ", which was killed: " + error.what());
  }
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

void heal_launches(Store& store, const std::function<void(const std::string&)>& warn) {
  for (const Launching& launch : store.launching()) {
    heal_one(launch.id, warn, [&] { heal_launch(launch, store); });
  }
}

void heal(Store& store, const std::function<void(const std::string&)>& warn) {
  heal_launches(store, warn);
  for (const std::string& id : store.ids()) {
    heal_one(id, warn, [&] { heal_record(id, store); });
  }
}

}  // namespace sdcont
