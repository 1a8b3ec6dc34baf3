#include "cgroup/choose.h"

#include <algorithm>
#include <map>

#include "cgroup/membership.h"
#include "cgroup/probe.h"
#include "cgroup/slice.h"
#include "spec/names.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kNotBooted = "systemd is not running (/run/systemd/system is not there)";

/// Throws where sdcont could not write cgroups itself.
void require_cgroupfs(const CgroupHost& host, bool is_root) {
  if (!host.v2.mounted() && host.v1.empty()) {
    throw Error("no cgroup hierarchy is mounted")
        .remedy("mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  }
  if (!host.unified() && !is_root) {
    throw Error("cgroup v1 cannot be used without root").remedy("run sdcont as root, or boot with cgroup v2");
  }
  if (host.writable) return;
  const std::string own = host.unified() ? host.v2.own_directory() : host.v1.begin()->second.own_directory();
  throw Error("the cgroup " + own + " cannot be written")
      .remedy(is_root ? "mount the cgroup file system writable"
                      : "have it delegated: run sdcont in a unit of your user manager with Delegate=yes");
}

/// The cgroups of PID 1, by controller.
std::map<std::string, std::string> systemd_membership(const CgroupHost& host) {
  const std::string file = host.proc + "/1/cgroup";
  return exists(file) ? read_membership(file) : std::map<std::string, std::string>();
}

/// Where the units of systemd begin, as a path in the hierarchy: in a container that is not "/".
std::string systemd_root(const CgroupHost& host, const std::map<std::string, std::string>& membership,
                         const std::string& controller) {
  constexpr std::string_view kOwn = "/init.scope";
  const auto found = membership.find(host.unified() ? "" : controller);
  std::string path = found == membership.end() ? "" : found->second;
  if (path.ends_with(kOwn)) path.erase(path.size() - kOwn.size());
  return path == "/" ? "" : path;
}

}  // namespace

std::string systemd_slice_directory(const CgroupHost& host, const std::string& controller,
                                    const std::string& slice) {
  const Hierarchy* hierarchy = host.hierarchy(controller);
  if (hierarchy == nullptr) return {};
  std::string path = systemd_root(host, systemd_membership(host), controller);
  for (const std::string& level : slice_levels(slice)) path += "/" + level;
  return hierarchy->directory(path);
}

std::vector<std::string> cgroups_around(const CgroupHost& host, CgroupManager manager,
                                        const std::string& controller, const std::string& slice) {
  std::vector<std::string> cgroups;
  const Hierarchy* hierarchy = host.hierarchy(controller);
  if (hierarchy == nullptr) return cgroups;
  std::string directory = hierarchy->own_directory();
  if (manager == CgroupManager::systemd) {
    directory = systemd_slice_directory(host, controller, slice);
  } else if (const auto own = find_slice(host, manager, slice).directory(controller); !own.empty()) {
    directory = own;
  }
  for (; directory.size() >= hierarchy->mount_point.size(); directory.erase(directory.rfind('/'))) {
    if (exists(directory)) cgroups.push_back(directory);
  }
  return cgroups;
}

uint64_t smallest_limit(const std::vector<std::string>& cgroups, const std::string& file) {
  uint64_t smallest = kUnlimited;
  for (const std::string& cgroup : cgroups) {
    const auto limit = parse_unsigned(trim(read_file_if(cgroup + "/" + file).value_or("")));
    if (limit) smallest = std::min(smallest, *limit);
  }
  return smallest;
}

const char* cgroup_manager_name(CgroupManager manager) {
  return manager == CgroupManager::systemd ? "systemd" : "cgroupfs";
}

Choice choose_manager(const CgroupHost& host, const ChoiceFacts& facts) {
  if (facts.requested != "auto" && facts.requested != "systemd" && facts.requested != "cgroupfs") {
    throw Error("'" + facts.requested + "' is not a cgroup manager").remedy("use auto, systemd or cgroupfs");
  }
  if (facts.requested == "systemd") {
    if (!facts.systemd_booted) throw Error(kNotBooted).remedy("use --cgroup-manager cgroupfs");
    if (facts.bus_problem) throw Error(*facts.bus_problem);
    return {CgroupManager::systemd, "asked for"};
  }
  if (facts.requested == "auto" && facts.systemd_booted) {
    // beside a systemd that is silent for a while, cgroups of our own making would not be safe from it
    if (facts.bus_problem) throw Error(*facts.bus_problem);
    return {CgroupManager::systemd, "systemd is PID 1"};
  }
  require_cgroupfs(host, facts.is_root);
  return {CgroupManager::cgroupfs, facts.requested == "cgroupfs" ? "asked for" : kNotBooted};
}

namespace {

/// Not pids.max: systemd gives one to every unit, and so does sdcont to every container.
struct LimitFile {
  const char* controller;
  const char* v2;
  const char* v1;
};
constexpr LimitFile kCallerFiles[] = {{"memory", "memory.max", "memory.limit_in_bytes"},
                                      {"memory", "memory.high", nullptr},
                                      {"cpu", "cpu.max", "cpu.cfs_quota_us"},
                                      {"io", "io.max", nullptr}};

bool is_limit(const std::string& text) {
  constexpr uint64_t kNearlyAll = uint64_t{1} << 62;  // v1 shows "unlimited" in whole pages
  const auto number = parse_unsigned(text);
  return !text.empty() && text != "-1" && !text.starts_with("max") && (!number || *number < kNearlyAll);
}

std::vector<CallerLimit> caller_limits(const CgroupHost& host) {
  std::vector<CallerLimit> limits;
  const auto membership = systemd_membership(host);
  for (const LimitFile& row : kCallerFiles) {
    const Hierarchy* hierarchy = host.hierarchy(row.controller);
    const char* const file = host.unified() ? row.v2 : row.v1;
    if (hierarchy == nullptr || file == nullptr) continue;
    const std::string top = hierarchy->directory(systemd_root(host, membership, row.controller));
    if (top.empty()) continue;
    std::string directory = hierarchy->own_directory();
    for (; directory.size() > top.size() && directory.starts_with(top);
         directory.erase(directory.rfind('/'))) {
      const std::string text(trim(read_file_if(directory + "/" + file).value_or("")));
      const std::string unit = directory.substr(directory.rfind('/') + 1);
      if (is_limit(text)) limits.push_back({unit, file + (" " + printable(text))});
    }
  }
  return limits;
}

/// Whether a weight means something to some disk: BFQ is its scheduler, or iocost is on.
bool weighs_disks(const std::string& iocost) {
  return read_file_if(iocost).value_or("").find("enable=1") != std::string::npos ||
         some_disk_has_scheduler("[bfq]");
}

}  // namespace

Target make_target(const CgroupHost& host, CgroupManager manager, int systemd_version) {
  Target target;
  target.systemd = manager == CgroupManager::systemd;
  target.systemd_version = target.systemd ? systemd_version : 0;
  target.unified = host.unified();
  target.controllers = host.controllers;
  target.files = host.files;
  target.weighs_disks = [iocost = host.v2.mount_point + "/io.cost.qos"] { return weighs_disks(iocost); };
  target.own_slices = !target.systemd && !systemd_booted();
  if (target.systemd) target.caller_limits = caller_limits(host);
  return target;
}

}  // namespace sdcont
