#include "rootfs/overlay.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

// Of file systems that have no upper layer: not in this Debian's <linux/magic.h>, or only there under another
// name.
constexpr auto kVfatMagic = 0x4d44;
constexpr auto kExfatMagic = 0x2011bab0;

constexpr size_t kMaxParameter = 255;  // fsconfig(2): of one value
using Options = std::vector<std::pair<std::string, std::string>>;

/// The working directory is that of our descriptors as long as this lives: "12/upper" is a path then. ':' and
/// ',' in paths would be separators, the kernel looks them up only when it mounts, and short names leave
/// room for many.
class InDescriptors {
 public:
  InDescriptors() : before_(open_file(".", O_PATH | O_DIRECTORY)) {
    if (chdir("/proc/self/fd") != 0) throw_errno("cannot enter /proc/self/fd");
  }
  ~InDescriptors() { static_cast<void>(fchdir(before_.get()) == 0); }
  InDescriptors(const InDescriptors&) = delete;
  InDescriptors& operator=(const InDescriptors&) = delete;

 private:
  Fd before_;
};

Options overlay_options(const MountStep& step, const std::vector<Fd>& lowers, const Fd& layer) {
  std::vector<std::string> names;
  for (const Fd& lower : lowers) names.push_back(std::to_string(lower.get()));
  const std::string own = std::to_string(layer.get());
  Options options = {{"lowerdir", join(names, ":")},
                     {"upperdir", own + "/upper"},
                     {"workdir", own + "/work"},
                     // With an index, an upper layer is tied to the very lower directory that it was first
                     // used with; with redirects and metacopy it cannot be understood without that.
                     {"index", "off"},
                     {"redirect_dir", "off"},
                     {"metacopy", "off"}};
  options.insert(options.end(), step.options.begin(), step.options.end());
  return options;
}

Fd mount_by_parameters(const Options& options, const MountStep& step) {
  NewFileSystem overlay("overlay");
  overlay.set("source", "overlay");
  for (const auto& [key, value] : options) overlay.set(key, value);
  return overlay.mount(step.attributes);
}

/// What is too long for fsconfig(2) fits into mount(2)'s page. Mounted over the layer's own directory, where
/// nobody looks any more, and taken from there.
Fd mount_by_page(const Options& options, const MountStep& step) {
  std::string data;
  for (const auto& [key, value] : options) {
    data += (data.empty() ? "" : ",") + key + (value.empty() ? "" : "=" + value);
  }
  if (mount("overlay", step.layer.c_str(), "overlay", 0, data.c_str()) != 0) {
    throw_errno("cannot make the file system overlay");
  }
  Fd mount = clone_mount(AT_FDCWD, step.layer.c_str(), false, "the overlay");
  if (umount2(step.layer.c_str(), MNT_DETACH) != 0) throw_errno("cannot detach " + step.layer);
  add_attributes(mount.get(), step.attributes, 0, false, "overlay");
  return mount;
}

/// Makes step.layer with upper and work. The root of an overlay shows its upper layer's mode and owner.
Fd open_layer(const std::string& path, const struct stat& lower, bool is_volatile) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_errno("cannot make the directory " + path);
  Fd layer = open_file(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (mkdirat(layer.get(), "upper", 0700) == 0) {
    if (fchownat(layer.get(), "upper", lower.st_uid, lower.st_gid, AT_SYMLINK_NOFOLLOW) != 0 ||
        fchmodat(layer.get(), "upper", lower.st_mode & 07777, 0) != 0) {
      throw_errno("cannot prepare " + path + "/upper");
    }
  } else if (errno != EEXIST) {
    throw_errno("cannot make the directory " + path + "/upper");
  }
  // The kernel mounts a volatile overlay once only, and marks its work directory for that; another start
  // comes after one that failed or was killed before the command ran.
  if (is_volatile) remove_tree(layer.get(), "work");
  if (mkdirat(layer.get(), "work", 0700) != 0 && errno != EEXIST) {
    throw_errno("cannot make the directory " + path + "/work");
  }
  return layer;
}

[[noreturn]] void explain(const Error& error, const MountStep& step, int layer) {
  struct statfs st {};
  const char* type = fstatfs(layer, &st) == 0 ? refused_as_upper(st.f_type) : nullptr;
  if (type != nullptr) {
    throw Error("what the container writes cannot be kept in " + step.layer +
                ": overlayfs takes no upper layer on " + type)
        .remedy("use --root with a directory on ext4, xfs, btrfs or tmpfs");
  }
  throw Error("cannot lay an overlay over " + step.lowers[0] + ": " + error.failure().doing, error.error());
}

}  // namespace

const char* refused_as_upper(long type) {
  constexpr std::array<std::pair<long, const char*>, 7> kRefused = {{{OVERLAYFS_SUPER_MAGIC, "overlay"},
                                                                     {NFS_SUPER_MAGIC, "nfs"},
                                                                     {FUSE_SUPER_MAGIC, "fuse"},
                                                                     {V9FS_MAGIC, "9p"},
                                                                     {SMB2_SUPER_MAGIC, "cifs"},
                                                                     {kVfatMagic, "vfat"},
                                                                     {kExfatMagic, "exfat"}}};
  const auto* found = std::find_if(kRefused.begin(), kRefused.end(),
                                   [&](const auto& refused) { return refused.first == type; });
  return found == kRefused.end() ? nullptr : found->second;
}

Fd make_overlay(const MountStep& step) {
  if (step.lowers.size() > kMaxLowers) {
    throw Error("the image has " + std::to_string(step.lowers.size()) + " layers: overlayfs takes " +
                std::to_string(kMaxLowers) + " at most")
        .remedy("make an image of fewer layers of it: sdcont export and sdcont import");
  }
  std::vector<Fd> lowers;
  for (const std::string& lower : step.lowers) lowers.push_back(open_file(lower, O_PATH | O_DIRECTORY));
  struct stat st {};
  if (fstat(lowers.at(0).get(), &st) != 0) throw_errno("cannot look at " + step.lowers[0]);
  const bool is_volatile = std::any_of(step.options.begin(), step.options.end(),
                                       [](const auto& option) { return option.first == "volatile"; });
  const Fd layer = open_layer(step.layer, st, is_volatile);
  try {
    const InDescriptors descriptors;
    const Options options = overlay_options(step, lowers, layer);
    return options.front().second.size() <= kMaxParameter ? mount_by_parameters(options, step)
                                                          : mount_by_page(options, step);
  } catch (const Error& error) {
    explain(error, step, layer.get());
  }
}

}  // namespace sdcont
