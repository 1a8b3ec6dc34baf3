#pragma once

#include <functional>
#include <string>

#include "state/store.h"
#include "util/fd.h"

namespace sdcont {

/// A container that runs stands still as long as this lives; one that somebody has paused stays so. To be
/// used with the container's lock. Who makes it may be killed: a mark beside the records (RUN/standstill/ID)
/// says that it stands still for that, and end_killed_standstill() lets it go on.
class Standstill {
 public:
  /// `warn`: where it cannot be made to go on.
  Standstill(const Record& record, const Store& store, std::function<void(const std::string&)> warn);
  ~Standstill();
  Standstill(const Standstill&) = delete;
  Standstill& operator=(const Standstill&) = delete;

 private:
  std::optional<CgroupRecord> cgroup_;
  std::string mark_;
  Fd held_;
  std::function<void(const std::string&)> warn_;
};

/// The ids of those that stand still for a process that is at work, or gone.
std::vector<std::string> standing_still(const Store& store);
/// Makes a container go on that stands still for a process that is gone.
void end_killed_standstill(const std::string& id, const Store& store);

}  // namespace sdcont
