#include "rootfs/copy.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/xattr.h"

namespace sdcont {
namespace {

[[noreturn]] void fail(const char* doing, const Entry& entry) {
  throw_errno(std::string("cannot ") + doing + " " + printable(entry.name));
}

/// What there is between two holes.
void copy_range(int from, int to, off_t at, off_t end, const Entry& entry) {
  if (lseek(to, at, SEEK_SET) < 0) fail("write", entry);
  while (at < end) {
    const ssize_t n = sendfile(to, from, &at, static_cast<size_t>(end - at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("copy", entry);
    if (n == 0) return;  // cut short meanwhile
  }
}

void copy_content(int from, int to, const Entry& entry) {
  struct stat st {};
  if (fstat(from, &st) != 0) fail("look at", entry);
  if (st.st_size == 0 || ioctl(to, FICLONE, from) == 0) return;
  for (off_t at = 0; at < st.st_size;) {
    off_t begin = lseek(from, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) break;  // a hole up to the end
    off_t end = begin < 0 ? st.st_size : lseek(from, begin, SEEK_HOLE);
    if (begin < 0) begin = at;  // a file system without holes
    if (end < 0) end = st.st_size;
    copy_range(from, to, begin, end, entry);
    at = end;
  }
  if (ftruncate(to, st.st_size) != 0) fail("write", entry);
}

std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

Fd open_regular(const Entry& from) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  Fd source(from.name.empty() ? open(path_of(from.dir).c_str(), kFlags)
                              : openat(from.dir, from.name.c_str(), kFlags | O_NOFOLLOW));
  if (!source) fail("open", from);
  struct stat st {};
  if (fstat(source.get(), &st) != 0) fail("look at", from);
  if (!S_ISREG(st.st_mode)) throw Error(printable(from.name) + " was replaced while it was copied");
  return source;
}

Fd copy_regular(const Entry& from, const Entry& to) {
  const Fd source = open_regular(from);
  Fd target = open_at(to.dir, to.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  copy_content(source.get(), target.get(), from);
  return target;
}

Fd open_itself(const Entry& entry) {
  Fd fd(openat(entry.dir, entry.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) fail("open", entry);
  return fd;
}

Fd copy_link(const Entry& from, const Entry& to) {
  const std::string text = read_link_at(from.dir, from.name);
  if (text.empty()) fail("read the link", from);
  if (symlinkat(text.c_str(), to.dir, to.name.c_str()) != 0) fail("make the link", to);
  return open_itself(to);
}

Fd copy_node(const struct stat& status, const Entry& to) {
  if (mknodat(to.dir, to.name.c_str(), (status.st_mode & S_IFMT) | 0600, status.st_rdev) != 0) {
    fail("make the node", to);
  }
  return open_itself(to);
}

/// A name that nobody has or guesses.
std::string temporary_name() {
  uint64_t number = 0;
  check(getrandom(&number, sizeof number, 0), "cannot get random numbers");
  return fmt::format(".sdcont-{:016x}", number);
}

/// The whole of a regular file without a name: where we are killed it goes. Empty where the file system knows
/// no such files.
Fd copy_nameless(const Entry& from, const struct stat& status, const Entry& to, const CopyOptions& options) {
  if (!S_ISREG(status.st_mode)) return {};
  Fd made(openat(to.dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!made) return made;
  copy_content(open_regular(from).get(), made.get(), from);
  copy_metadata(from, status, made.get(), options);
  if (options.times) set_times(made.get(), status);
  return made;
}

}  // namespace

void set_times(int to, const struct stat& status) {
  const timespec times[2] = {status.st_atim, status.st_mtim};
  // By its path in /proc: a descriptor of O_PATH is refused, and AT_EMPTY_PATH too.
  if (utimensat(AT_FDCWD, path_of(to).c_str(), static_cast<const timespec*>(times), 0) != 0) {
    throw_errno("cannot set the times of a file");
  }
}

void copy_metadata(const Entry& from, const struct stat& status, int to, const CopyOptions& options) {
  // The owner first: changing it takes setuid bits and file capabilities away.
  if (options.owner && fchownat(to, "", status.st_uid, status.st_gid, AT_EMPTY_PATH) != 0) {
    fail("change the owner of", from);
  }
  const mode_t mode_bits = options.owner ? 07777 : 01777;
  if (!S_ISLNK(status.st_mode) && chmod(path_of(to).c_str(), status.st_mode & mode_bits) != 0) {
    fail("change the mode of", from);
  }
  if (options.xattrs) write_xattrs(to, "", read_xattrs(from.dir, from.name));
}

void copy_directory(const Entry& from, const struct stat& status, const Entry& to,
                    const CopyOptions& options) {
  if (mkdirat(to.dir, to.name.c_str(), 0700) != 0) fail("make the directory", to);
  copy_metadata(from, status, open_itself(to).get(), options);
}

void copy_file(const Entry& from, const struct stat& status, const Entry& to, const CopyOptions& options) {
  const Fd made = S_ISREG(status.st_mode)   ? copy_regular(from, to)
                  : S_ISLNK(status.st_mode) ? copy_link(from, to)
                                            : copy_node(status, to);
  copy_metadata(from, status, made.get(), options);
  if (options.times) set_times(made.get(), status);
}

void replace_file(const Entry& from, const struct stat& status, const Entry& to, const CopyOptions& options) {
  const Entry temporary{to.dir, temporary_name()};
  try {
    if (const Fd nameless = copy_nameless(from, status, to, options)) {
      const std::string path = path_of(nameless.get());
      if (linkat(AT_FDCWD, path.c_str(), to.dir, to.name.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
      if (errno != EEXIST) fail("make", to);
      if (linkat(AT_FDCWD, path.c_str(), to.dir, temporary.name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        fail("make", to);
    } else {
      copy_file(from, status, temporary, options);
    }
    if (renameat(to.dir, temporary.name.c_str(), to.dir, to.name.c_str()) != 0) fail("replace", to);
  } catch (const Error&) {
    unlinkat(to.dir, temporary.name.c_str(), 0);
    throw;
  }
}

}  // namespace sdcont
