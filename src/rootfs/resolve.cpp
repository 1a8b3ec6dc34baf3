#include "rootfs/resolve.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <climits>
#include <list>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr int kMaxSteps = 400;  // links and newly made components on the way: an attacker may keep us turning
constexpr int kMaxRetries = 64;

std::list<std::string> components(const std::string& path) {
  std::list<std::string> names;
  for (std::string& name : split(path, '/')) {
    if (!name.empty() && name != ".") names.push_back(std::move(name));
  }
  return names;
}

[[noreturn]] void fail(const std::string& doing, const std::string& path) {
  const int error = errno;
  if (error == ELOOP) {
    throw Error("cannot " + doing + " " + path +
                " in the container's root: it leads through a link that is not followed");
  }
  throw Error("cannot " + doing + " " + path + " in the container's root", error);
}

enum class Kind { directory, file };

bool make_component(int dir, const std::string& name, Kind kind, mode_t mode) {
  if (kind == Kind::directory) return mkdirat(dir, name.c_str(), mode) == 0 || errno == EEXIST;
  return mknodat(dir, name.c_str(), S_IFREG | mode, 0) == 0 || errno == EEXIST;
}

Fd make_in_root(int root, const std::string& path, Kind kind, mode_t mode, Links links) {
  std::list<std::string> rest = components(path);
  std::string done = parent_path(path);
  Fd current = try_open_in_root(root, done, O_PATH | O_DIRECTORY, 0, links);
  if (current && !rest.empty() && rest.back() == base_name(path)) {  // mostly only the last one is missing
    rest.erase(rest.begin(), std::prev(rest.end()));
  } else {
    done = "/";
    current = open_in_root(root, done, O_PATH | O_DIRECTORY);
  }
  for (int step = 0; !rest.empty(); ++step) {
    if (step > kMaxSteps) throw Error("cannot make " + path + " in the container's root", ELOOP);
    const std::string name = rest.front();
    const std::string next = done == "/" ? done + name : done + "/" + name;
    Fd fd = try_open_in_root(root, next, O_PATH, 0, links);
    if (fd) {
      rest.pop_front();
      done = next;
      current = std::move(fd);
      continue;
    }
    if (errno != ENOENT) fail("open", next);
    if (const std::string text = read_link_at(current.get(), name); !text.empty()) {
      rest.pop_front();
      rest.splice(rest.begin(), components(text));
      if (text.front() == '/') {
        done = "/";
        current = open_in_root(root, done, O_PATH | O_DIRECTORY);
      }
      continue;
    }
    // What was made is looked up again: it may have been swapped for a link meanwhile.
    const bool last = rest.size() == 1;
    if (!make_component(current.get(), name, last ? kind : Kind::directory, last ? mode : 0755)) {
      fail("make", next);
    }
  }
  return current;
}

}  // namespace

Fd try_open_in_root(int root, const std::string& path, int flags, mode_t mode, Links links) {
  struct open_how how {};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (links == Links::refuse ? RESOLVE_NO_SYMLINKS : 0);
  // EAGAIN: something on the way was renamed or mounted meanwhile, so that the kernel cannot tell whether
  // ".." stayed inside.
  for (int retry = 0;; ++retry) {
    const long fd = syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || retry == kMaxRetries) {
      return Fd(static_cast<int>(fd));
    }
  }
}

Fd open_in_root(int root, const std::string& path, int flags, mode_t mode, Links links) {
  Fd fd = try_open_in_root(root, path, flags, mode, links);
  if (!fd) fail("open", path);
  return fd;
}

Fd make_directory_in_root(int root, const std::string& path, mode_t mode, Links links) {
  return make_in_root(root, path, Kind::directory, mode, links);
}

Fd make_file_in_root(int root, const std::string& path, Links links) {
  return make_in_root(root, path, Kind::file, 0644, links);
}

std::string parent_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace sdcont
