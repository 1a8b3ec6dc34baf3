#include "rootfs/credentials.h"

#include <fcntl.h>
#include <unistd.h>

#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr const char* kMode = "500";

// tmpfs has "noswap" since Linux 6.4; ramfs never swaps, and has no limit of its own, which those who cannot
// write to it do not need.
Fd make_unswapped() {
  try {
    NewFileSystem tmpfs("tmpfs");
    tmpfs.set("source", "credentials");
    tmpfs.set("noswap", "");
    tmpfs.set("mode", kMode);
    return tmpfs.mount(0);
  } catch (const Error& error) {
    if (error.error() != EINVAL) throw;
  }
  NewFileSystem ramfs("ramfs");
  ramfs.set("source", "credentials");
  ramfs.set("mode", kMode);
  return ramfs.mount(0);
}

}  // namespace

Fd make_credentials(const CredentialValues& values, const UserIds& owner) {
  Fd mount = make_unswapped();
  const auto give = [&](int dir, const char* name) {
    constexpr auto kSameGroup = static_cast<gid_t>(-1);
    check(fchownat(dir, name, owner.uid, kSameGroup, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW),
          "cannot give a credential to the container's user");
  };
  for (const auto& [id, value] : values) {
    const Fd file = open_at(mount.get(), id, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
    write_all(file.get(), value);
    give(file.get(), "");
  }
  give(mount.get(), "");
  return mount;
}

}  // namespace sdcont
