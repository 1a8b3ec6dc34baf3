#include "rootfs/device.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

mode_t file_type(const Device& device) { return device.type == 'b' ? S_IFBLK : S_IFCHR; }

void list_below(const std::string& directory, const std::string& prefix, std::vector<Device>& devices) {
  // Instances of their own in a container, or somebody's terminal.
  constexpr std::array<std::string_view, 5> kLeftOut = {"pts", "shm", "mqueue", "ptmx", "console"};
  for (const std::string& name : list_directory(directory)) {
    if (std::find(kLeftOut.begin(), kLeftOut.end(), name) != kLeftOut.end() || name.front() == '.') continue;
    const std::string path = directory + "/" + name;
    struct stat st {};
    if (lstat(path.c_str(), &st) != 0) continue;  // gone meanwhile
    if (S_ISDIR(st.st_mode)) list_below(path, prefix + "/" + name, devices);
    if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) continue;
    devices.push_back({.source = path,
                       .path = prefix + "/" + name,
                       .access = "rwm",
                       .type = S_ISBLK(st.st_mode) ? 'b' : 'c',
                       .major = major(st.st_rdev),
                       .minor = minor(st.st_rdev),
                       .mode = st.st_mode & 07777,
                       .uid = st.st_uid,
                       .gid = st.st_gid});
  }
}

}  // namespace

bool make_node(int dir, const std::string& name, const Device& device) {
  if (mknodat(dir, name.c_str(), file_type(device) | device.mode, makedev(device.major, device.minor)) != 0) {
    if (errno == EPERM) return false;
    throw_errno("cannot make the device " + device.path);
  }
  const bool root_owns = device.uid == 0 && device.gid == 0;
  if (!root_owns && fchownat(dir, name.c_str(), device.uid, device.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("cannot change the owner of the device " + device.path);
  }
  return true;
}

Fd clone_host_device(const Device& device) {
  const Fd fd = open_file(device.source, O_PATH);
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) throw_errno("cannot look at " + device.source);
  if ((st.st_mode & S_IFMT) != file_type(device) || st.st_rdev != makedev(device.major, device.minor)) {
    throw Error("cannot use " + device.source + ": it is not the device " + std::string(1, device.type) +
                " " + std::to_string(device.major) + ":" + std::to_string(device.minor));
  }
  Fd node = clone_mount(fd.get(), "", false, device.source);
  add_attributes(node.get(), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, MS_PRIVATE, false, device.source);
  return node;
}

std::vector<Device> default_devices() {
  const auto memory = [](const std::string& path, uint32_t number) {
    return Device{.source = path, .path = path, .access = "rwm", .type = 'c', .major = 1, .minor = number};
  };
  Device tty = memory("/dev/tty", 0);
  tty.major = 5;
  return {memory("/dev/null", 3),   memory("/dev/zero", 5),    memory("/dev/full", 7),
          memory("/dev/random", 8), memory("/dev/urandom", 9), std::move(tty)};
}

std::vector<Device> list_host_devices(const std::string& directory) {
  std::vector<Device> devices;
  list_below(directory, "/dev", devices);
  return devices;
}

}  // namespace sdcont
