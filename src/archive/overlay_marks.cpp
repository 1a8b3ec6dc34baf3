#include "archive/overlay_marks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "rootfs/changes.h"
#include "util/error.h"

namespace sdcont {

bool is_overlay_whiteout(int dir, const std::string& name) {
  struct stat st {};
  return fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && is_whiteout(st);
}

void set_opaque(const std::string& directory) {
  if (setxattr(directory.c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0) return;
  const int error = errno;
  throw Error("cannot mark a directory of a layer as opaque", error)
      .remedy(error == EOPNOTSUPP ? "choose a --root on a file system with trusted extended attributes" : "");
}

}  // namespace sdcont
