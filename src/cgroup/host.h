#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "limits/translation.h"

namespace sdcont {

enum class CgroupMode { unified, hybrid, legacy };
const char* cgroup_mode_name(CgroupMode mode);

/// One mounted hierarchy.
struct Hierarchy {
  std::string mount_point;               ///< "/sys/fs/cgroup/memory"
  std::string root;                      ///< mountinfo's root of that mount
  std::vector<std::string> controllers;  ///< v1: {"cpu", "cpuacct"}, {"name=systemd"}; v2: {""}
  /// The caller's cgroup in it, relative to the mount point: "/" or "/a/b"; "/" too where it cannot be seen
  /// from here.
  std::string own_path;

  [[nodiscard]] bool mounted() const { return !mount_point.empty(); }
  [[nodiscard]] std::string own_directory() const {
    return own_path == "/" ? mount_point : mount_point + own_path;
  }
  /// Absolute directory of a cgroup given by its path in this hierarchy (as in /proc/PID/cgroup); empty where
  /// this mount does not show it.
  [[nodiscard]] std::string directory(const std::string& cgroup_path) const;
};

/// The cgroups of this machine as the caller sees them; read once from /proc/self/mountinfo and
/// /proc/self/cgroup.
struct CgroupHost {
  CgroupMode mode = CgroupMode::unified;
  std::map<std::string, Hierarchy> v1;  ///< by controller ("memory", "name=systemd")
  Hierarchy v2;                         ///< mount_point empty where there is none
  std::set<std::string> controllers;    ///< v2: of the outermost cgroup that can be seen; v1: mounted
  ControlFiles files;                   ///< for Target::files
  bool writable = false;                ///< the caller may make cgroups below its own
  std::string proc = "/proc";

  [[nodiscard]] bool unified() const { return mode == CgroupMode::unified; }
  /// The one that has the controller ("" is v2 itself); null where none is mounted.
  [[nodiscard]] const Hierarchy* hierarchy(const std::string& controller) const;
};

/// The mode is `unified` where v2 has the resource controllers, even beside a stray v1 mount such as net_cls.
/// `proc` is replaced by tests.
CgroupHost detect_cgroups(const std::string& proc = "/proc");

}  // namespace sdcont
