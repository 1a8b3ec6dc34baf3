#include "rootfs/cgroup_limits.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>

#include "rootfs/mount_api.h"
#include "rootfs/plan.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

bool is_v2(int mount) {
  struct statfs st {};
  if (fstatfs(mount, &st) != 0) throw_errno("cannot look at the container's cgroup");
  return st.f_type == CGROUP2_SUPER_MAGIC;
}

// The option is of the hierarchy as a whole.
bool is_delegated_by_kernel() {
  for (const MountInfo& mount : read_mountinfo()) {
    const auto& options = mount.super_options;
    if (mount.type == "cgroup2" && std::find(options.begin(), options.end(), "nsdelegate") != options.end())
      return true;
  }
  return false;
}

std::vector<std::string> delegated_files(bool v2) {
  if (!v2) return {"tasks", "cgroup.procs"};
  // what the kernel says there is what it lets through itself, where it is asked to
  auto files = words(read_file_if("/sys/kernel/cgroup/delegate").value_or(""));
  if (files.empty()) files = {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
  return files;
}

}  // namespace

void keep_cgroup_limits(int mount, const std::string& name) {
  const bool v2 = is_v2(mount);
  if (v2 && is_delegated_by_kernel()) return;
  const auto delegated = delegated_files(v2);
  for (const std::string& file : list_directory("/proc/self/fd/" + std::to_string(mount))) {
    if (std::find(delegated.begin(), delegated.end(), file) != delegated.end()) continue;
    struct stat st {};
    if (fstatat(mount, file.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) continue;
    if ((st.st_mode & 0222) == 0) continue;
    const std::string path = name + "/" + file;
    const Fd copy = clone_mount(mount, file.c_str(), false, path);
    add_attributes(copy.get(), MOUNT_ATTR_RDONLY, MS_PRIVATE, false, path);
    attach_mount(copy.get(), open_at(mount, file, O_PATH | O_NOFOLLOW).get(), path);
  }
}

}  // namespace sdcont
