#include "rootfs/changes.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "rootfs/plan.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"
#include "util/xattr.h"

namespace sdcont {
namespace {

constexpr const char* kOpaque = "trusted.overlay.opaque";

/// Nothing where there is no such name (any more).
std::optional<struct stat> look(int dir, const std::string& name) {
  struct stat st {};
  if (fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return st;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw_errno("cannot look at " + printable(name));
}

/// Empty where it is gone, or another kind of file by now.
Fd open_plain(int dir, const std::string& name, int flags) {
  const int all = flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Fd fd(openat(dir, name.c_str(), all | O_NOATIME));
  if (!fd && errno == EPERM) fd.reset(openat(dir, name.c_str(), all));
  if (!fd && errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENXIO) {
    throw_errno("cannot open " + printable(name));
  }
  return fd;
}

size_t fill(int fd, char* buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = read(fd, buffer + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot read a file");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

bool same_content(const Fd& a, const Fd& b) {
  constexpr size_t kChunk = size_t{64} << 10;
  if (!a || !b) return false;
  std::string one(kChunk, '\0');
  std::string other(kChunk, '\0');
  for (;;) {
    const size_t n = fill(a.get(), one.data(), kChunk);
    if (n != fill(b.get(), other.data(), kChunk) || memcmp(one.data(), other.data(), n) != 0) return false;
    if (n < kChunk) return true;
  }
}

/// A file system may keep whole seconds only.
bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && (a.tv_nsec == b.tv_nsec || a.tv_nsec == 0 || b.tv_nsec == 0);
}

/// Security modules label what is copied up in their own way.
std::map<std::string, std::string> comparable_xattrs(int dir, const std::string& name) {
  auto attributes = read_xattrs(dir, name);
  attributes.erase("security.selinux");
  attributes.erase("security.evm");
  return attributes;
}

bool same_owner(const struct stat& a, const struct stat& b) {
  return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid;
}

/// A copy-up has one name, whatever the file below has: others were given to it by the container.
bool has_new_names(const Change& change) {
  return change.upper.st_nlink > 1 && change.upper.st_nlink != change.lower.st_nlink;
}

bool same_file(const Change& change) {
  const struct stat& upper = change.upper;
  const struct stat& lower = change.lower;
  const std::string& name = change.name;
  if (!same_owner(upper, lower) || !same_time(upper.st_mtim, lower.st_mtim)) return false;
  if (upper.st_size != lower.st_size || upper.st_rdev != lower.st_rdev) return false;
  if (comparable_xattrs(change.upper_dir, name) != comparable_xattrs(change.lower_dir, name)) return false;
  if (S_ISLNK(upper.st_mode))
    return read_link_at(change.upper_dir, name) == read_link_at(change.lower_dir, name);
  if (!S_ISREG(upper.st_mode)) return true;
  return same_content(open_plain(change.upper_dir, name, 0), open_plain(change.lower_dir, name, 0));
}

/// The names in a directory, whiteouts too.
void add_names(int dir, std::set<std::string>& names) {
  for (std::string& name : list_directory("/proc/self/fd/" + std::to_string(dir))) {
    names.insert(std::move(name));
  }
}

/// What the lower layers show of a name.
struct Lower {
  struct stat status {};
  int dir = -1;
  std::vector<Fd> directories;  ///< where it is one: all that show through, the topmost first
};

std::optional<Lower> find_lower(const std::vector<int>& layers, const std::string& name, bool open) {
  std::optional<Lower> found;
  for (const int layer : layers) {
    const auto status = look(layer, name);
    if (!status) continue;
    if (is_whiteout(*status)) break;
    const bool directory = S_ISDIR(status->st_mode);
    if (found && !directory) break;
    if (!found) found = Lower{*status, layer, {}};
    if (!directory || !open) break;
    Fd fd = open_plain(layer, name, O_DIRECTORY);
    if (!fd) break;
    found->directories.push_back(std::move(fd));
    if (is_opaque(layer, name)) break;
  }
  return found;
}

/// A directory on the way.
struct Place {
  Place* parent = nullptr;
  Change change;
  bool told = false;
  bool opaque = false;  ///< all that is in the lower directories and not in the upper one was removed
  Fd upper;
  std::vector<Fd> lowers;

  [[nodiscard]] std::vector<int> layers() const {
    std::vector<int> fds;
    for (const Fd& lower : lowers) fds.push_back(lower.get());
    return fds;
  }
};

class Walk {
 public:
  Walk(const std::set<std::string>* made, const std::function<void(const Change&)>& tell)
      : made_(made), tell_(tell) {}

  void directory(Place& place) {
    std::set<std::string> names;
    add_names(place.upper.get(), names);
    const std::vector<int> layers = place.layers();
    if (place.opaque) {
      for (const int layer : layers) add_names(layer, names);
    }
    for (const std::string& name : names) visit(place, layers, name);
  }

 private:
  [[nodiscard]] bool is_made(const std::string& path) const {
    return made_ != nullptr && made_->contains(path);
  }

  void tell(Place& place) {
    if (place.told) return;
    if (place.parent != nullptr) tell(*place.parent);
    place.told = true;
    tell_(place.change);
  }

  void tell(Place& parent, const Change& change) {
    tell(parent);
    tell_(change);
  }

  void visit(Place& parent, const std::vector<int>& layers, const std::string& name) {
    const auto upper = look(parent.upper.get(), name);
    if (!upper && !parent.opaque) return;  // gone meanwhile
    const bool removed = !upper || is_whiteout(*upper);
    const bool goes_on = !removed && S_ISDIR(upper->st_mode);
    auto lower = find_lower(layers, name, goes_on);
    if (removed && !lower) return;
    const std::string& above = parent.change.path;
    Change change;
    change.path = (above == "/" ? "" : above) + "/" + name;
    change.name = name;
    if (lower) {
      change.lower = lower->status;
      change.lower_dir = lower->dir;
    }
    if (removed) {
      change.kind = ChangeKind::removed;
      return tell(parent, change);
    }
    change.upper = *upper;
    change.upper_dir = parent.upper.get();
    change.kind = lower ? ChangeKind::changed : ChangeKind::added;
    if (goes_on) return enter(parent, std::move(change), std::move(lower));
    const bool ours = S_ISREG(upper->st_mode) && same_time(upper->st_mtim, kOwnFileTime);
    if (ours && is_made(change.path)) return;
    const bool untouched = is_made(change.path) && S_ISREG(upper->st_mode) && upper->st_size == 0;
    change.only_names = lower && same_file(change);
    const bool same = change.only_names && !has_new_names(change);
    if (lower ? !same : !untouched) tell(parent, change);
  }

  void enter(Place& parent, Change change, std::optional<Lower> lower) {
    Place place;
    place.parent = &parent;
    place.upper = open_plain(change.upper_dir, change.name, O_DIRECTORY);
    if (!place.upper) return;  // gone meanwhile
    place.opaque = parent.opaque || is_opaque(change.upper_dir, change.name);
    const bool made = is_made(change.path);
    bool shown = !made;
    if (lower && S_ISDIR(lower->status.st_mode)) {
      place.lowers = std::move(lower->directories);
      change.own =
          !same_owner(change.upper, change.lower) || comparable_xattrs(change.upper_dir, change.name) !=
                                                         comparable_xattrs(change.lower_dir, change.name);
      shown = change.own || (!made && !same_time(change.upper.st_mtim, change.lower.st_mtim));
    }
    place.change = std::move(change);
    if (shown) tell(place);
    directory(place);
  }

  const std::set<std::string>* made_;
  const std::function<void(const Change&)>& tell_;
};

Fd open_again(int dir) {
  return Fd(check(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "cannot open a layer"));
}

}  // namespace

bool is_opaque(int dir, const std::string& name) {
  std::string value;
  return read_xattr(dir, name, kOpaque, value) && value == "y";
}

bool is_whiteout(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

void find_changes(const OverlayLayers& layers, const std::function<void(const Change&)>& tell) {
  Place root;
  root.upper = open_again(layers.upper);
  for (const int lower : layers.lowers) root.lowers.push_back(open_again(lower));
  Change& change = root.change;
  change.path = layers.mount_point;
  change.name = ".";
  change.upper_dir = root.upper.get();
  change.lower_dir = root.lowers.at(0).get();
  if (fstat(change.upper_dir, &change.upper) != 0 || fstat(change.lower_dir, &change.lower) != 0) {
    throw_errno("cannot look at the layers of " + printable(layers.mount_point));
  }
  // The upper layer's own directory was made by us: of its lower one it has mode and owner.
  change.own = !same_owner(change.upper, change.lower);
  root.told = layers.mount_point == "/";
  if (change.own) {
    root.told = true;
    tell(change);
  }
  Walk(layers.made, tell).directory(root);
}

}  // namespace sdcont
