#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/host.h"
#include "limits/limits.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/fd.h"

namespace sdcont {

enum class CgroupManager { systemd, cgroupfs };

/// Where a container's cgroups are: plain data, kept in its record, so that no later command guesses.
struct CgroupRecord {
  CgroupManager manager = CgroupManager::cgroupfs;
  CgroupMode mode = CgroupMode::unified;
  std::string unit;   ///< of the scope, with systemd
  std::string scope;  ///< absolute directory of the scope's cgroup (v2; v1: in name=systemd), with systemd
  /// Absolute directory of the container's own cgroup (`payload` in a scope): by v1 controller, or "" for v2.
  std::map<std::string, std::string> payload;
  /// Every directory that we made and must remove, outermost first; removed in reverse. What is inside a
  /// scope that systemd removes with the scope (`supervisor`) is not among them; the parent shared with other
  /// containers is.
  std::vector<std::string> created;

  /// The payload's directory in the hierarchy that has this controller (v2 name, "memory" …); empty where
  /// none has.
  [[nodiscard]] std::string directory(const std::string& controller) const;
};

/// A slice that we make ourselves, with the limits that it has in there.
struct SliceLevel {
  std::string name;  ///< "web.slice"
  LimitPlan limits;
};

/// What a cgroup is made from.
struct CgroupRequest {
  std::string id;
  std::string unit;
  std::string slice;  ///< empty: the default
  std::string description;
  int systemd_version = 0;  ///< 252; 0 without systemd
  uint64_t stop_grace_usec = 0;
  bool split = false;     ///< below the delegated cgroup of the caller's unit, without a scope
  bool delegate = false;  ///< a systemd in it makes cgroups of its own: on v1 in systemd's hierarchy, too
  LimitPlan limits;
  /// Without systemd: the slices around it, outermost first; none: it is in the caller's cgroup.
  std::vector<SliceLevel> slices = {};
  /// Called with the record before each time that directories are made, so that it is on disk before they
  /// are: whoever finds it after a crash can undo what it names. Directories that are named and absent are
  /// fine to remove.
  std::function<void(const CgroupRecord&)> recorded = [](const CgroupRecord&) {};
  std::function<void(const std::string&)> warn = [](const std::string&) {
  };  ///< for what is accepted, but inert here
  /// For a limit that only the kernel could refuse, as it was set: throws, or returns where the container may
  /// run without it.
  std::function<void(const Refusal&)> refused = [](const Refusal& refusal) {
    throw Error(refusal.limit + " cannot be had here: " + refusal.reason).remedy(refusal.remedy);
  };
};

/// The container's cgroup while it is being made. The order is prepare, begin, attach; whatever happened,
/// destroy() undoes it, and needs nothing but record().
class Cgroup {
 public:
  virtual ~Cgroup() = default;

  /// Before anything is forked. Returns a descriptor of the cgroup to clone init into, where that is
  /// possible.
  virtual std::optional<Fd> prepare() = 0;
  /// After prepare(): files into which init itself may write "0", while it has one thread, to enter its v1
  /// cgroups. Who moves itself so spares the kernel the grace period (7 ms) that moving another takes. Where
  /// init does not, attach() does.
  [[nodiscard]] virtual const std::vector<Fd>& entrances() const = 0;
  /// With the supervisor there, while init makes its mounts: limits hold when this returns. Give init too as
  /// soon as it is known (0: not yet). On v1 systemd re-sorts the processes of the caller's unit into its
  /// controllers whenever a sibling comes or goes, from a list that may be older than our attach(): only if
  /// systemd itself has put init into the scope is it never on such a list.
  virtual void begin(pid_t supervisor, pid_t init = 0) = 0;
  /// Puts init into its cgroup and verifies in /proc/PID/cgroup that it is there.
  virtual void attach(pid_t init) = 0;
  [[nodiscard]] virtual const CgroupRecord& record() const = 0;
};

/// `systemd` is null for cgroupfs. `host` must live as long as the cgroup is being made.
std::unique_ptr<Cgroup> make_cgroup(const CgroupHost& host, CgroupRequest request, SystemdManager* systemd);

/// Files as Cgroup::entrances, of cgroups that are there already.
enum class Hierarchies { v1, all };
std::vector<Fd> open_entrances(const CgroupRecord& record, Hierarchies which);
/// Kills every process in the container's cgroup: cgroup.kill, or freezer and SIGKILL.
void kill_cgroup(const CgroupRecord& record) noexcept;
/// Removes the directories that we made, innermost first, retrying while they are busy; a directory that is
/// gone is fine. With systemd the scope itself goes when its last process does. Returns what could not be
/// removed.
std::vector<std::string> remove_cgroup(const CgroupRecord& record) noexcept;

}  // namespace sdcont
