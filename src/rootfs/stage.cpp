#include "rootfs/stage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "rootfs/device.h"
#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr const char* kRoot = "root";
constexpr const char* kEmpty = "empty";

}  // namespace

Stage::Stage(const std::string& directory) {
  NewFileSystem tmpfs("tmpfs");
  tmpfs.set("source", "sdcont");
  tmpfs.set("size", "4m");  // a container may write to its /etc/hosts
  tmpfs.set("mode", "755");
  mount_ = tmpfs.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  attach_mount(mount_.get(), open_file(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW).get(), directory);
  if (mkdirat(mount_.get(), kRoot, 0755) != 0 || mkdirat(mount_.get(), kEmpty, 0755) != 0) {
    throw_errno("cannot prepare the container's root");
  }
}

void Stage::attach_root(int mount) {
  attach_mount(mount, open_at(mount_.get(), kRoot, O_PATH | O_DIRECTORY).get(), "/");
}

std::string Stage::next_name() { return std::to_string(count_++); }

Fd Stage::file(const std::string& content, uint64_t attributes) {
  const std::string name = next_name();
  write_all(open_at(mount_.get(), name, O_WRONLY | O_CREAT | O_EXCL, 0644).get(), content);
  Fd file = clone_mount(mount_.get(), name.c_str(), false, name);
  add_attributes(file.get(), attributes, MS_PRIVATE, false, name);
  return file;
}

Fd Stage::empty_directory() {
  Fd empty = clone_mount(mount_.get(), kEmpty, false, kEmpty);
  add_attributes(empty.get(), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, MS_PRIVATE, false, kEmpty);
  return empty;
}

Fd Stage::null_device() {
  const Device null = default_devices().front();
  if (null_.empty()) {
    const std::string name = next_name();
    if (make_node(mount_.get(), name, null)) null_ = name;
  }
  Fd node =
      null_.empty() ? clone_host_device(null) : clone_mount(mount_.get(), null_.c_str(), false, null.path);
  // Its mode is everybody's who sees it; writing to the device works on a read-only mount all the same.
  add_attributes(node.get(), MOUNT_ATTR_RDONLY, MS_PRIVATE, false, null.path);
  return node;
}

Fd Stage::device(const Device& device) {
  const std::string name = next_name();
  if (!make_node(mount_.get(), name, device)) return clone_host_device(device);
  return clone_mount(mount_.get(), name.c_str(), false, device.path);
}

}  // namespace sdcont
