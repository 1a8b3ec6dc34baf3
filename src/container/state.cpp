#include "container/state.h"

#include "cgroup/freezer.h"
#include "container/cleanup.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

Record find_container(Store& store, const std::string& word) {
  const Record found = store.find(word);
  if (auto record = heal_container(found.id, store)) return *record;
  throw Error("there is no container '" + printable(word) + "'").remedy("see sdcont ps -a");
}

bool is_alive(const Record& record) {
  return record.status == Status::running && !record.exit && is_running(record.init);
}

bool is_paused(const Record& record) {
  return record.status == Status::running && record.cgroup && is_frozen(*record.cgroup);
}

const char* state_name(const Record& record) {
  switch (record.status) {
    case Status::created:
    case Status::launching:
      return "created";
    case Status::running:
      return is_paused(record) ? "paused" : "running";
    case Status::restarting:
      return "restarting";
    case Status::exited:
      return "exited";
    case Status::dead:
      return "dead";
  }
  return "dead";
}

void while_there(const Record& record, const Store& store, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error&) {
    if (store.load(record.id)) throw;
    throw Error("container " + record.name + " is gone");
  }
}

void require_alive(const Record& record) {
  if (!is_alive(record)) throw Error("container " + record.name + " is not running");
}

}  // namespace sdcont
