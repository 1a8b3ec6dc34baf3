#include <fcntl.h>

#include <algorithm>

#include "cgroup/delegated.h"
#include "cgroup/maker.h"
#include "cgroup/slice.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

/// BASE/sdcont-ID in each v1 hierarchy that is mounted, without systemd, and in hybrid mode's v2, which has
/// no controllers then but cgroup.kill and the *.pressure files: init is cloned into that one.
class LegacyCgroup final : public CgroupMaker {
 public:
  LegacyCgroup(const CgroupHost& host, CgroupRequest request)
      : CgroupMaker(host, std::move(request), CgroupManager::cgroupfs) {}

  std::optional<Fd> prepare() override {
    if (request().split) static_cast<void>(delegated_cgroup(host()));
    if (systemd_booted() && !request().split) {
      request().warn(
          "systemd runs on cgroup v1 here, and may move the container's processes out of their limits; "
          "--cgroup-manager systemd prevents that");
    }
    const auto& slices = request().slices;
    const std::string name = own_name(request().id);
    std::vector<Hierarchy> hierarchies = v1_hierarchies(host(), unite_plans(slices, request().limits));
    if (host().v2.mounted()) hierarchies.push_back(host().v2);
    // systemd moves what it finds in a unit's own cgroup of this one between the controllers; one inside
    // needs it
    if ((request().split || request().delegate) && host().v1.contains("name=systemd"))
      hierarchies.push_back(host().v1.at("name=systemd"));
    std::vector<CgroupChain> chains;
    chains.reserve(hierarchies.size());
    for (const Hierarchy& hierarchy : hierarchies) {
      chains.push_back(slices.empty() ? v1_chain(hierarchy, hierarchy.own_directory(), {name})
                                      : slice_chain(host(), hierarchy, slices, request().limits, name));
    }
    make_payload(chains);
    open_entrances();
    if (!host().v2.mounted()) return std::nullopt;
    return open_file(record().directory(""), O_RDONLY | O_DIRECTORY);
  }

  void begin(pid_t /*supervisor*/, pid_t /*init*/) override {
  }  // it stays in the caller's cgroup, charged to no container
};

}  // namespace

std::vector<Hierarchy> v1_hierarchies(const CgroupHost& host, const LimitPlan& limits) {
  std::set<std::string> wanted = {"blkio", "cpu", "cpuacct", "devices", "freezer", "memory", "pids"};
  for (const ControlWrite& write : limits.writes) {
    const bool core = write.controller.empty() || write.controller == "cgroup";
    if (core || host.v1.contains(write.controller)) {
      if (!core) wanted.insert(write.controller);
    } else if (!write.advisory) {
      throw Error((write.limit.empty() ? write.file : write.limit) + " needs the " + write.controller +
                  " controller")
          .remedy("it is not mounted here: mount -t cgroup -o " + write.controller + " cgroup DIRECTORY");
    }
  }
  std::vector<Hierarchy> hierarchies;
  for (const std::string& controller : wanted) {
    const auto found = host.v1.find(controller);
    if (found == host.v1.end()) continue;
    const bool joined = std::any_of(hierarchies.begin(), hierarchies.end(), [&](const Hierarchy& other) {
      return other.mount_point == found->second.mount_point;
    });
    if (!joined) hierarchies.push_back(found->second);
  }
  return hierarchies;
}

CgroupChain v1_chain(const Hierarchy& hierarchy, std::string base, std::vector<std::string> names) {
  CgroupChain chain{std::move(base), std::move(names), hierarchy.controllers};
  const auto& controllers = hierarchy.controllers;
  if (std::find(controllers.begin(), controllers.end(), "cpuset") != controllers.end())
    chain.ready = inherit_cpuset;
  return chain;
}

std::unique_ptr<Cgroup> make_legacy_cgroup(const CgroupHost& host, CgroupRequest request) {
  return std::make_unique<LegacyCgroup>(host, std::move(request));
}

}  // namespace sdcont
