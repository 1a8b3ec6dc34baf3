#include "container/standstill.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "cgroup/freezer.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

std::string marks_of(const Store& store) { return store.paths().run + "/standstill"; }

// Else the container was killed, too.
bool is_there(const CgroupRecord& cgroup) {
  return std::any_of(cgroup.payload.begin(), cgroup.payload.end(),
                     [](const auto& payload) { return exists(payload.second); });
}

}  // namespace

Standstill::Standstill(const Record& record, const Store& store, std::function<void(const std::string&)> warn)
    : mark_(marks_of(store) + "/" + record.id), warn_(std::move(warn)) {
  if (record.exit || !record.cgroup || is_frozen(*record.cgroup)) return;
  open_private_directory(marks_of(store));
  held_ = open_file(mark_, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600);
  // where another looks at it at this moment, that one waits for the container's lock next, which is ours
  static_cast<void>(flock(held_.get(), LOCK_EX | LOCK_NB));
  cgroup_ = *record.cgroup;
  freeze_cgroup(*cgroup_, true);
}

Standstill::~Standstill() {
  if (!cgroup_) return;
  try {
    freeze_cgroup(*cgroup_, false);
    unlink(mark_.c_str());
  } catch (const Error& error) {
    warn_(std::string("the container was paused, and cannot be made to go on: ") + error.what());
  }
}

std::vector<std::string> standing_still(const Store& store) { return list_directory(marks_of(store)); }

void end_killed_standstill(const std::string& id, const Store& store) {
  const std::string mark = marks_of(store) + "/" + id;
  const Fd held(open(mark.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!held || flock(held.get(), LOCK_EX | LOCK_NB) != 0) return;
  const Fd lock = store.lock(id);
  if (lock && !exists(mark)) return;
  const auto record = store.load(id);
  if (record && record->cgroup && is_there(*record->cgroup)) freeze_cgroup(*record->cgroup, false);
  unlink(mark.c_str());
}

}  // namespace sdcont
