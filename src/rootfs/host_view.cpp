#include "rootfs/host_view.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "rootfs/resolve.h"
#include "rootfs/volume.h"

namespace sdcont {
namespace {

/// Kernel interfaces: the container has its own, or none.
constexpr std::array<std::string_view, 22> kKernelTypes = {
    "proc",    "sysfs",      "devtmpfs",   "devpts", "cgroup",    "cgroup2", "mqueue",      "debugfs",
    "tracefs", "securityfs", "pstore",     "bpf",    "configfs",  "fusectl", "binfmt_misc", "hugetlbfs",
    "autofs",  "efivarfs",   "rpc_pipefs", "nsfs",   "selinuxfs", "resctrl"};

/// File systems that the kernel refuses below an overlay (they compare names in their own way), or whose
/// daemon decides on each access, which an overlay would do with its mounter's rights.
constexpr std::array<std::string_view, 11> kNeverLower = {
    "vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfs", "hfsplus", "cifs", "smb3", "fuseblk", "fuse"};

template <typename Words>
bool has(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_shown(const MountInfo& mount, const std::vector<std::string>& hidden) {
  const std::string& path = mount.mount_point;
  const auto contains_it = [&](const std::string& directory) { return is_within(path, directory); };
  return path != "/" && !has(kKernelTypes, mount.type) &&
         std::none_of(hidden.begin(), hidden.end(), contains_it) && !is_within(path, "/proc") &&
         !is_within(path, "/sys") && !is_within(path, "/dev") && !is_within(path, "/run");
}

uint64_t attributes_of(const MountInfo& mount) {
  uint64_t attributes = 0;
  if (has(mount.options, "nosuid")) attributes |= MOUNT_ATTR_NOSUID;
  if (has(mount.options, "nodev")) attributes |= MOUNT_ATTR_NODEV;
  if (has(mount.options, "noexec")) attributes |= MOUNT_ATTR_NOEXEC;
  return attributes;
}

MountStep show(const MountInfo& mount, const RootContext& context, uint64_t attributes) {
  MountStep step =
      plan_overlay(mount.mount_point, {mount.mount_point}, context.layer, attributes | attributes_of(mount));
  step.optional = true;
  const bool readonly = has(mount.options, "ro") || has(mount.super_options, "ro");
  if (readonly || has(kNeverLower, mount.type) || mount.type.starts_with("fuse.")) {
    step.kind = MountKind::bind;
    step.attributes |= MOUNT_ATTR_RDONLY;
    step.options.clear();
  }
  return step;
}

/// Walks the tree of mounts as a path lookup does.
class MountTree {
 public:
  explicit MountTree(const std::vector<MountInfo>& mounts) {
    for (const MountInfo& mount : mounts) {
      if (mount.id != mount.parent) children_[mount.parent].push_back(&mount);
    }
  }

  void visit(const MountInfo& mount, std::vector<MountInfo>& visible) const {
    const auto found = children_.find(mount.id);
    if (found == children_.end()) {
      visible.push_back(mount);
      return;
    }
    std::set<std::string_view> points;
    for (const MountInfo* child : found->second) {
      // A mount on the root of this one covers it whole, with all that is mounted in it.
      if (child->mount_point == mount.mount_point) return visit(*child, visible);
      points.insert(child->mount_point);
    }
    visible.push_back(mount);
    for (const MountInfo* child : found->second) {
      if (!is_covered(child->mount_point, points)) visit(*child, visible);
    }
  }

 private:
  static bool is_covered(const std::string& mount_point, const std::set<std::string_view>& points) {
    for (std::string path = parent_path(mount_point); path != "/"; path = parent_path(path)) {
      if (points.contains(path)) return true;
    }
    return false;
  }

  std::map<int, std::vector<const MountInfo*>> children_;
};

}  // namespace

std::vector<MountInfo> visible_mounts(const std::vector<MountInfo>& mounts) {
  std::set<int> ids;
  for (const MountInfo& mount : mounts) ids.insert(mount.id);
  // The parent of the root's mount is outside of what we can see.
  const auto root = std::find_if(mounts.begin(), mounts.end(), [&](const MountInfo& mount) {
    return mount.mount_point == "/" && (mount.id == mount.parent || !ids.contains(mount.parent));
  });
  std::vector<MountInfo> visible;
  if (root != mounts.end()) MountTree(mounts).visit(*root, visible);
  return visible;
}

MountStep plan_overlay(const std::string& target, std::vector<std::string> lowers, const WritableLayer& layer,
                       uint64_t attributes) {
  MountStep step;
  step.kind = MountKind::overlay;
  step.target = target;
  step.lowers = std::move(lowers);
  step.layer = layer.directory + "/" + layer_name(target);
  step.attributes = attributes;
  step.follow = false;
  if (layer.throw_away) step.options.emplace_back("volatile", "");
  return step;
}

std::vector<MountStep> plan_host_view(const RootContext& context, uint64_t attributes) {
  std::vector<std::string> hidden = context.hidden;
  hidden.push_back(context.layer.directory);
  std::vector<MountStep> steps;
  for (const MountInfo& mount : visible_mounts(context.host_mounts)) {
    if (is_shown(mount, hidden)) steps.push_back(show(mount, context, attributes));
  }
  for (const std::string& directory : hidden) {
    const bool within_other = std::any_of(hidden.begin(), hidden.end(), [&](const std::string& other) {
      return other != directory && is_within(directory, other);
    });
    if (!within_other) steps.push_back({.kind = MountKind::mask, .target = directory});
  }
  return steps;
}

}  // namespace sdcont
