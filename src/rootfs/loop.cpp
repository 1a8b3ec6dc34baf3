#include "rootfs/loop.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kControl = "/dev/loop-control";

std::string device_path(int number) { return "/dev/loop" + std::to_string(number); }

std::optional<LoopDevice> find_device(const struct stat& file) {
  for (const std::string& name : list_directory("/sys/block")) {
    if (!name.starts_with("loop") || !exists("/sys/block/" + name + "/loop/backing_file")) continue;
    LoopDevice device{Fd(open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC)), "/dev/" + name};
    loop_info64 info{};
    if (!device.fd || ioctl(device.fd.get(), LOOP_GET_STATUS64, &info) != 0) continue;
    if (info.lo_device == file.st_dev && info.lo_inode == file.st_ino) return device;
  }
  return std::nullopt;
}

LoopDevice new_device(int file) {
  const Fd control = open_file(kControl, O_RDWR);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int number = check(ioctl(control.get(), LOOP_CTL_GET_FREE), "cannot get a loop device");
    LoopDevice device{Fd(), device_path(number)};
    device.fd = open_file(device.path, O_RDWR);
    loop_config config{};
    config.fd = static_cast<unsigned>(file);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
    if (errno != EBUSY) throw_errno("cannot set up " + device.path);  // busy: somebody was faster
  }
  throw Error("cannot get a loop device: others keep taking them", EBUSY);
}

}  // namespace

bool has_loop_devices() {
  const Fd control(open(kControl, O_RDWR | O_CLOEXEC));  // loads the module where there is one
  if (!control) return false;
  const int number = ioctl(control.get(), LOOP_CTL_GET_FREE);
  return number >= 0 && exists(device_path(number));
}

LoopDevice loop_device(int file) {
  struct stat st {};
  check(fstat(file, &st), "cannot look at an image file");
  check(flock(file, LOCK_EX), "cannot lock an image file");
  auto device = find_device(st);
  if (!device) device = new_device(file);
  check(flock(file, LOCK_UN), "cannot unlock an image file");
  return std::move(*device);
}

}  // namespace sdcont
