#include "container/cgroup_mounts.h"

#include "cgroup/membership.h"
#include "rootfs/step.h"

namespace sdcont {
namespace {

/// Empty where the host's mounts do not show it.
std::string directory_of(const CgroupHost& host, const std::map<std::string, std::string>& membership,
                         const std::string& controller) {
  const Hierarchy* hierarchy = host.hierarchy(controller);
  const auto path = membership.find(controller);
  return hierarchy == nullptr || path == membership.end() ? "" : hierarchy->directory(path->second);
}

}  // namespace

std::vector<Fd> open_cgroup_mounts(const MountPlan& plan, const CgroupHost& host,
                                   const std::string& process) {
  if (plan.cgroups.empty()) return {};
  const auto membership = read_membership(host.proc + "/" + process + "/cgroup");
  std::vector<Fd> mounts;
  for (const MountStep& step : plan.cgroups) {
    if (step.kind != MountKind::cgroup) continue;
    MountStep copy;
    copy.source = directory_of(host, membership, step.source);
    copy.attributes = step.attributes;
    if (copy.source.empty()) return {};
    mounts.push_back(open_bind_source(copy));
  }
  return mounts;
}

}  // namespace sdcont
