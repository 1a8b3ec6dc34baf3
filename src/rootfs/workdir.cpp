#include "rootfs/workdir.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {

void enter_working_directory(const std::string& directory, MissingDirectory missing) {
  const std::string name = printable(directory);
  if (directory.empty() || directory.front() != '/') {
    throw Error("the working directory '" + name + "' is not an absolute path in the container");
  }
  const Fd root = open_file("/", O_PATH | O_DIRECTORY);
  Fd target = try_open_in_root(root.get(), directory, O_PATH | O_DIRECTORY);
  if (!target && errno == ENOENT && missing == MissingDirectory::make)
    target = make_directory_in_root(root.get(), directory);
  if (!target && errno == ELOOP) {
    throw Error(
        "the working directory '" + name + "' leads through a link of /proc, or through too many links",
        ELOOP);
  }
  if (!target) throw_errno("cannot use the working directory '" + name + "'");
  if (fchdir(target.get()) != 0) throw_errno("cannot change into the working directory '" + name + "'");
  // The system call itself: glibc's getcwd walks up by hand where the kernel says "(unreachable)".
  std::array<char, PATH_MAX> where{};
  if (syscall(SYS_getcwd, where.data(), where.size()) < 0 || where[0] != '/') {
    if (chdir("/") != 0) throw_errno("cannot change into the container's root");
    throw Error("the working directory '" + name + "' is outside of the container's root");
  }
}

}  // namespace sdcont
