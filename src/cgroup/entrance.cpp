#include "cgroup/entrance.h"

#include <fcntl.h>

#include "cgroup/directories.h"
#include "cgroup/membership.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// The directory of a cgroup at or below a payload: `path` is what /proc/PID/cgroup says of it, whose last
/// common name with the payload's directory is the payload's own.
std::string directory_below(const std::string& payload, const std::string& path) {
  const std::string name = "/" + payload.substr(payload.rfind('/') + 1);
  const size_t found = (path + "/").find(name + "/");
  if (found == std::string::npos) {
    throw Error("the container's init has left its cgroup " + payload + " for " + printable(path));
  }
  return payload + path.substr(found + name.size());
}

Fd open_cgroup(const std::string& directory) { return open_file(directory, O_RDONLY | O_DIRECTORY); }

}  // namespace

CgroupEntrance CgroupEntrance::to_payload(const CgroupRecord& record, pid_t init, bool killed_before) {
  CgroupEntrance entrance;
  std::map<std::string, std::string> done;
  const auto membership = read_membership("/proc/" + std::to_string(init) + "/cgroup");
  for (const auto& [controller, payload] : record.payload) {
    const auto found = membership.find(controller);
    if (found == membership.end()) throw Error("the container's init is in no cgroup of " + controller);
    entrance.wanted_.insert(*found);
    if (!done.emplace(payload, found->second).second) continue;
    const std::string directory = directory_below(payload, found->second);
    if (controller.empty() && killed_before) {
      entrance.open_v2(directory);
    } else if (controller.empty()) {
      entrance.born_in_ = open_cgroup(directory);
    } else {
      entrance.open_v1(directory);
    }
  }
  return entrance;
}

CgroupEntrance CgroupEntrance::to_supervisor(const CgroupRecord& record) {
  CgroupEntrance entrance;
  if (record.manager != CgroupManager::systemd) return entrance;
  const auto v2 = record.payload.find("");
  if (record.mode == CgroupMode::unified) {
    entrance.born_in_ = open_cgroup(record.scope + "/supervisor");
  } else if (v2 != record.payload.end()) {
    entrance.born_in_ = open_cgroup(parent_directory(v2->second));
  }
  if (record.payload.contains("name=systemd")) entrance.open_v1(record.scope);
  return entrance;
}

void CgroupEntrance::open_v1(const std::string& directory) {
  entrances_.push_back(open_file(directory + "/tasks", O_WRONLY));
}

void CgroupEntrance::open_v2(const std::string& directory) {
  entrances_.push_back(open_file(directory + "/cgroup.procs", O_WRONLY));
}

void CgroupEntrance::enter() const {
  for (const Fd& file : entrances_) check(write(file.get(), "0", 1), "cannot enter the container's cgroup");
}

void CgroupEntrance::verify() const {
  const auto membership = read_membership("/proc/self/cgroup");
  for (const auto& [controller, path] : wanted_) {
    const auto found = membership.find(controller);
    if (found != membership.end() && found->second == path) continue;
    throw Error("the process that was to join the container is in the cgroup " +
                (found == membership.end() ? "of nobody" : printable(found->second)) + ", not in " +
                printable(path) + ": the command is not run, since the limits would not hold");
  }
}

}  // namespace sdcont
