#include "rootfs/oci_mounts.h"

#include <optional>

#include "rootfs/volume.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::vector<std::string> bind_options(const MountStep& step) {
  const std::string recursive = step.recursive ? "r" : "";
  return {recursive + "bind", recursive + (step.propagation == MS_SLAVE ? "slave" : "private")};
}

std::vector<std::string> file_system_options(const MountStep& step) {
  std::vector<std::string> options;
  for (const auto& [name, value] : step.options) options.push_back(value.empty() ? name : name + "=" + value);
  return options;
}

std::vector<std::string> overlay_options(const MountStep& step) {
  return {"lowerdir=" + join(step.lowers, ":"), "upperdir=" + step.layer + "/upper",
          "workdir=" + step.layer + "/work"};
}

std::optional<Mount> oci_mount(const MountStep& step) {
  Mount mount;
  mount.destination = step.target;
  switch (step.kind) {
    case MountKind::overlay:
      mount.type = mount.source = "overlay";
      mount.options = overlay_options(step);
      break;
    case MountKind::bind:
      mount.type = "bind";
      mount.source = step.source;
      mount.options = bind_options(step);
      break;
    case MountKind::filesystem:
      mount.type = mount.source = step.source;
      mount.options = file_system_options(step);
      break;
    case MountKind::credentials:
      mount.type = mount.source = "tmpfs";  // of the values nothing
      mount.options = {"noswap", "mode=0500"};
      break;
    default:
      return std::nullopt;
  }
  for (std::string& word : attribute_words(step.attributes)) mount.options.push_back(std::move(word));
  return mount;
}

}  // namespace

std::vector<Mount> oci_mounts(const MountPlan& plan) {
  std::vector<Mount> mounts;
  for (const MountStep& step : plan.steps) {
    if (step.target == "/" || step.target == kCgroupRoot) continue;
    if (auto mount = oci_mount(step)) mounts.push_back(std::move(*mount));
  }
  if (plan.cgroups.empty()) return mounts;
  Mount cgroup;
  cgroup.destination = kCgroupRoot;
  cgroup.type = cgroup.source = "cgroup";
  cgroup.options = attribute_words(plan.cgroups.front().attributes);
  mounts.push_back(std::move(cgroup));
  return mounts;
}

}  // namespace sdcont
