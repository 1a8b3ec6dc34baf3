#include "rootfs/volume_fill.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "rootfs/copy_tree.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr const char* kFilling = "filling";

void clear(const Fd& data) {
  for (const std::string& name : list_directory("/proc/self/fd/" + std::to_string(data.get()))) {
    remove_tree(data.get(), name);
  }
}

}  // namespace

void fill_volume(const std::string& directory, int target) {
  const Fd volume = open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  check(flock(volume.get(), LOCK_EX), "cannot lock a volume");
  const Fd data = open_at(volume.get(), "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  // Of a filling that was killed: nobody has it, since we have the lock.
  if (faccessat(volume.get(), kFilling, F_OK, AT_SYMLINK_NOFOLLOW) == 0) clear(data);
  if (!list_directory("/proc/self/fd/" + std::to_string(data.get())).empty()) return;
  open_at(volume.get(), kFilling, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
  try {
    copy_contents(target, data.get(), {}, true);
  } catch (const Error& error) {
    clear(data);
    unlinkat(volume.get(), kFilling, 0);
    throw Error("cannot fill the volume from the root: " + error.failure().doing, error.error())
        .remedy("the option nocopy leaves it empty");
  }
  if (unlinkat(volume.get(), kFilling, 0) != 0) throw_errno("cannot complete a volume");
}

}  // namespace sdcont
