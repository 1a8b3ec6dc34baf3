#include "cgroup/choose.h"

#include "util/error.h"

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

}  // namespace

const char* cgroup_manager_name(CgroupManager manager) {
  return manager == CgroupManager::systemd ? "systemd" : "cgroupfs";
}

Choice choose_manager(const CgroupHost& host, const ChoiceFacts& facts) {
  if (facts.requested != "auto" && facts.requested != "systemd" && facts.requested != "cgroupfs") {
    throw Error("'" + facts.requested + "' is not a cgroup manager").remedy("use auto, systemd or cgroupfs");
  }
  if (facts.requested == "systemd") {
    if (!facts.systemd_booted) throw Error(kNotBooted).remedy("use --cgroup-manager cgroupfs");
    if (!facts.bus_problem.empty()) throw Error(facts.bus_problem);
    return {CgroupManager::systemd, "asked for"};
  }
  if (facts.requested == "auto" && facts.systemd_booted) {
    // beside a systemd that is silent for a while, cgroups of our own making would not be safe from it
    if (!facts.bus_problem.empty()) throw Error(facts.bus_problem);
    return {CgroupManager::systemd, "systemd is PID 1"};
  }
  require_cgroupfs(host, facts.is_root);
  return {CgroupManager::cgroupfs, facts.requested == "cgroupfs" ? "asked for" : kNotBooted};
}

Target make_target(const CgroupHost& host, CgroupManager manager, int systemd_version) {
  Target target;
  target.systemd = manager == CgroupManager::systemd;
  target.systemd_version = target.systemd ? systemd_version : 0;
  target.unified = host.unified();
  target.controllers = host.controllers;
  target.files = host.files;
  return target;
}

}  // namespace sdcont
