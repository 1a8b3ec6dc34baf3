#include "container/cleanup.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "cgroup/probe.h"
#include "cgroup/remove.h"
#include "container/standstill.h"
#include "container/storage.h"
#include "spec/names.h"
#include "state/volumes.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr std::chrono::seconds kScopeStop{5};

std::vector<std::string> remove_cgroups(const Record& record) {
  if (!record.cgroup || record.cgroup->created.empty()) return {};
  kill_cgroup(*record.cgroup);
  return remove_cgroup(*record.cgroup);
}

// Whether a process of this pid namespace is in the unit, wherever systemd has put that.
bool has_processes(const std::string& unit) {
  const auto processes = list_directory("/proc");
  return std::any_of(processes.begin(), processes.end(), [&](const std::string& process) {
    if (!parse_unsigned(process)) return false;
    const auto lines = split(read_file_if("/proc/" + process + "/cgroup").value_or(""), '\n');
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return (line + "/").find("/" + unit + "/") != line.npos;
    });
  });
}

// A scope goes with its last process, but not where that had ended before systemd put it there: no event
// tells systemd then that the scope is empty.
void stop_empty_scope(const CgroupRecord& cgroup) {
  if (cgroup.unit.empty() || !systemd_booted() || has_processes(cgroup.unit)) return;
  try {
    connect_systemd()->stop_unit(cgroup.unit, kScopeStop);
    remove_scope_directories(detect_cgroups(), cgroup.unit);
  } catch (const Error&) {
    // a systemd that cannot be reached is what the launch itself failed of
  }
}

void require_gone(const std::vector<std::string>& left) {
  if (!left.empty())
    throw Error("cannot remove " + join(left, ", "), EBUSY).remedy("something else has entered it");
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
  require_gone(conclude(std::move(record), store));
}

// A directory without a record, of a removal that was killed.
void remove_remains(const std::string& id, Store& store) {
  const Fd lock = store.lock(id);
  if (!lock || store.load(id) || store.launches(id)) return;
  Record unknown;
  unknown.id = id;
  store.remove(unknown);
}

// Its command has ended just now: what its supervisor writes of that. A supervisor that does not come to it
// is not waited for.
std::optional<Record> await_end(Record record, const Store& store) {
  using std::chrono::milliseconds;
  for (auto pause = milliseconds(1); pause < milliseconds(300); pause *= 2) {
    std::this_thread::sleep_for(pause);
    auto present = store.load(record.id);
    if (!present || present->status != Status::running || is_running(present->init)) return present;
    record = std::move(*present);
    if (!is_running(record.supervisor)) break;
  }
  return record;
}

// After end_killed_standstill.
std::optional<Record> heal_found(std::optional<Record> found, const std::string& id, Store& store) {
  if (found && stands_still(*found)) return found;
  if (found && found->status == Status::running) {
    if (const auto parent = parent_of(found->init)) {  // its supervisor as long as that lives
      found->unattended = *parent != found->supervisor.pid;
      return found;
    }
  }
  if (store.launches(id)) return found;  // its client undoes it, or heal_launch
  if (!found) {
    remove_remains(id, store);
    return store.load(id);
  }
  found->unattended = !is_running(found->supervisor);
  if (!found->unattended) {
    if (found->status != Status::running) return found;
    found = await_end(std::move(*found), store);
    if (!found || stands_still(*found) || is_running(found->supervisor)) return found;
  }
  const Fd lock = store.lock(id);
  auto record = store.load(id);  // again: another command may have healed it while we waited
  if (!lock || !record || stands_still(*record) || store.launches(id)) return record;
  if (is_running(record->init)) {
    record->unattended = !is_running(record->supervisor);
    return record;
  }
  // of one that is still "launching" here only what survives a boot is left: it had run, or nearly
  conclude_lost(*record, "its supervisor was killed, or the machine went down: nobody saw how it ended",
                store);
  return store.load(id);
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

std::optional<Record> heal_container(const std::string& id, Store& store) {
  end_killed_standstill(id, store);
  return heal_found(store.load(id), id, store);
}

void undo_launch(const Record& record, Store& store) {
  const auto left = remove_cgroups(record);
  if (record.cgroup) stop_empty_scope(*record.cgroup);
  if (!store.take_back(record)) return forget(record, AnonymousVolumes::remove, store);
  require_gone(left);
}

void forget(const Record& record, AnonymousVolumes volumes, Store& store) {
  const auto left = remove_cgroups(record);
  if (record.cgroup && !record.exit) stop_empty_scope(*record.cgroup);
  release_storage(record);
  if (volumes == AnonymousVolumes::remove) remove_anonymous_volumes(record, store);
  store.remove(record);
  require_gone(left);
}

std::vector<std::string> conclude(Record record, Store& store) {
  auto left = remove_cgroups(record);
  // what is found by these names from now on is another's: of a container that has the old name of this one
  if (record.cgroup && left.empty()) record.cgroup->created.clear();
  const Fd writing = store.lock_record(record);
  if (record.remove) {
    release_storage(record);
    remove_anonymous_volumes(record, store);
    store.remove(record);
  } else {
    store.finish(record);
  }
  return left;
}

void heal_launches(Store& store, const CgroupHost& host,
                   const std::function<void(const std::string&)>& warn) {
  remove_stale_probes(host);
  for (const std::string& id : store.launching()) {
    heal_one(id, warn, [&] { heal_launch(id, store); });
  }
}

void heal_launch(const std::string& id, Store& store) {
  const Fd launch = store.take_killed_launch(id);  // held until it is undone
  if (!launch) return;
  if (const auto record = store.load(id)) return undo_launch(*record, store);
  Record unknown;  // killed before its first record
  unknown.id = id;
  store.remove(unknown);
}

void heal_neighbours(const std::string& own, Store& store,
                     const std::function<void(const std::string&)>& warn) {
  constexpr size_t kNeighbours = 8;
  std::vector<std::string> ids;
  try {
    ids = store.ids_after(own, kNeighbours);
  } catch (const Error& error) {  // the command runs already: this is no failure of its
    return warn(std::string("cannot look for what killed containers have left: ") + error.what());
  }
  for (const std::string& id : ids) {
    heal_one(id, warn, [&] { heal_container(id, store); });
  }
}

std::vector<Record> heal(Store& store, const std::function<void(const std::string&)>& warn) {
  heal_launches(store, detect_cgroups(), warn);
  for (const std::string& id : standing_still(store)) {
    heal_one(id, warn, [&] { end_killed_standstill(id, store); });
  }
  const auto ids = store.ids();
  std::vector<std::optional<Record>> found(ids.size());
  std::mutex one_at_a_time;
  in_parts(ids.size(), [&](size_t i) {
    bool healed = false;
    const auto warn_alone = [&](const std::string& text) {
      const std::lock_guard<std::mutex> guard(one_at_a_time);
      warn(text);
    };
    heal_one(ids[i], warn_alone, [&] {
      found[i] = heal_found(store.load(ids[i]), ids[i], store);
      healed = true;
    });
    if (!healed) heal_one(ids[i], warn_alone, [&] { found[i] = store.load(ids[i]); });
  });
  std::vector<Record> records;
  for (auto& record : found) {
    if (record) records.push_back(std::move(*record));
  }
  store.release_stale_names(records);
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.created_ns < b.created_ns; });
  return records;
}

}  // namespace sdcont
