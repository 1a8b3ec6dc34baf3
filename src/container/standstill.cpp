#include "container/standstill.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cgroup/freezer.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

std::string mark_of(const Record& record, const Store& store) {
  return store.paths().run + "/containers/" + record.id + "/standstill";
}

}  // namespace

Standstill::Standstill(const Record& record, const Store& store, std::function<void(const std::string&)> warn)
    : mark_(mark_of(record, store)), warn_(std::move(warn)) {
  if (record.exit || !record.cgroup || is_frozen(*record.cgroup)) return;
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

void end_killed_standstill(const Record& record, const Store& store) {
  const std::string mark = mark_of(record, store);
  const Fd held(open(mark.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!held || flock(held.get(), LOCK_EX | LOCK_NB) != 0) return;
  const Fd lock = store.lock(record.id);
  if (!lock || !exists(mark)) return;
  if (record.cgroup) freeze_cgroup(*record.cgroup, false);
  unlink(mark.c_str());
}

}  // namespace sdcont
