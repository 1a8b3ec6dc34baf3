#include "rootfs/overlay.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <utility>

#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

// Of file systems that have no upper layer: not in this Debian's <linux/magic.h>, or only there under another
// name.
constexpr auto kVfatMagic = 0x4d44;
constexpr auto kExfatMagic = 0x2011bab0;

/// Makes step.layer with upper and work. The root of an overlay shows its upper layer's mode and owner.
Fd open_layer(const std::string& path, const struct stat& lower) {
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
  if (mkdirat(layer.get(), "work", 0700) != 0 && errno != EEXIST) {
    throw_errno("cannot make the directory " + path + "/work");
  }
  return layer;
}

/// The name of a file system that an overlay's upper layer cannot be on, or nothing.
const char* refused_as_upper(int layer) {
  struct statfs st {};
  if (fstatfs(layer, &st) != 0) return nullptr;
  constexpr std::array<std::pair<long, const char*>, 7> kRefused = {{{OVERLAYFS_SUPER_MAGIC, "overlay"},
                                                                     {NFS_SUPER_MAGIC, "nfs"},
                                                                     {FUSE_SUPER_MAGIC, "fuse"},
                                                                     {V9FS_MAGIC, "9p"},
                                                                     {SMB2_SUPER_MAGIC, "cifs"},
                                                                     {kVfatMagic, "vfat"},
                                                                     {kExfatMagic, "exfat"}}};
  for (const auto& [magic, name] : kRefused) {
    if (st.f_type == magic) return name;
  }
  return nullptr;
}

[[noreturn]] void explain(const Error& error, const MountStep& step, int layer) {
  if (const char* type = refused_as_upper(layer)) {
    throw Error("what the container writes cannot be kept in " + step.layer +
                ": overlayfs takes no upper layer on " + type)
        .remedy("use --root with a directory on ext4, xfs, btrfs or tmpfs");
  }
  throw Error("cannot lay an overlay over " + step.source + ": " + error.failure().doing, error.error());
}

}  // namespace

Fd make_overlay(const MountStep& step) {
  const Fd lower = open_file(step.source, O_PATH | O_DIRECTORY);
  struct stat st {};
  if (fstat(lower.get(), &st) != 0) throw_errno("cannot look at " + step.source);
  const Fd layer = open_layer(step.layer, st);

  // Paths by descriptor: ':' and ',' in them would be separators, and the kernel looks them up only now.
  const std::string layer_path = "/proc/self/fd/" + std::to_string(layer.get());
  try {
    NewFileSystem overlay("overlay");
    overlay.set("source", "overlay");
    overlay.set("lowerdir", "/proc/self/fd/" + std::to_string(lower.get()));
    overlay.set("upperdir", layer_path + "/upper");
    overlay.set("workdir", layer_path + "/work");
    // With an index, an upper layer is tied to the very lower directory that it was first used with.
    overlay.set("index", "off");
    for (const auto& [key, value] : step.options) overlay.set(key, value);
    return overlay.mount(step.attributes);
  } catch (const Error& error) {
    explain(error, step, layer.get());
  }
}

}  // namespace sdcont
