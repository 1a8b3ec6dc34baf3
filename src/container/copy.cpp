#include "container/copy.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>

#include "rootfs/copy_tree.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's MAXSYMLINKS

/// Paths of one side, as the other processes there see them.
class Side {
 public:
  explicit Side(const CopySide& side) : root_(side.root) {}

  /// Follows links, but not in procfs where that is a container's; empty with errno where it cannot be
  /// opened.
  [[nodiscard]] Fd try_open(const std::string& path, int flags) const {
    if (root_ >= 0) return try_open_in_root(root_, path, flags);
    return Fd(open(path.c_str(), flags | O_CLOEXEC));
  }

  [[nodiscard]] Fd open_directory(const std::string& path) const {
    Fd fd = try_open(path, O_RDONLY | O_DIRECTORY);
    if (!fd) throw_errno("cannot use the directory " + shown(path));
    return fd;
  }

  [[nodiscard]] bool in_container() const { return root_ >= 0; }

  [[nodiscard]] std::string shown(const std::string& path) const {
    return printable(path) + (root_ >= 0 ? " in the container" : "");
  }

 private:
  int root_;
};

bool names_directory(const std::string& path) {
  return path.ends_with('/') || path == "." || path == ".." || path.ends_with("/.") || path.ends_with("/..");
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::optional<struct stat> look(const Entry& entry) {
  struct stat st {};
  if (fstatat(entry.dir, entry.name.c_str(), &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0) return st;
  if (errno == ENOENT) return std::nullopt;
  throw_errno("cannot look at " + printable(entry.name));
}

Entry entry_of(const CopySource& source) { return {source.dir.get(), source.name}; }

/// Where a copy goes: a name in a directory, which may be there already.
struct CopyTarget {
  Fd dir;
  std::string name;
};

/// The name that a path stands for in the end: in a container a link as the last part is followed, to
/// something or nothing.
CopyTarget find_target(const Side& side, std::string path) {
  for (int links = 0; links < kMaxLinks; ++links) {
    const std::string plain = without_slashes(path);
    CopyTarget target{side.open_directory(parent_of(plain)), base_name(plain)};
    const std::string text = side.in_container() ? read_link_at(target.dir.get(), target.name) : "";
    if (text.empty()) return target;
    path = text.front() == '/' ? text : parent_of(plain) + "/" + text;
  }
  throw Error("cannot copy to " + side.shown(path), ELOOP);
}

void copy_into(const CopySource& source, const Fd& directory, const CopyOptions& options) {
  if (source.contents) {
    const Fd from =
        open_at(source.dir.get(), source.name.empty() ? "." : source.name, O_RDONLY | O_DIRECTORY);
    return copy_contents(from.get(), directory.get(), options, false);
  }
  copy_tree(entry_of(source), {directory.get(), source.base}, options);
}

void copy_to(const CopySource& source, const Side& side, const std::string& path,
             const CopyOptions& options) {
  const Fd directory = side.try_open(path, O_RDONLY | O_DIRECTORY);
  if (directory) return copy_into(source, directory, options);
  if (errno != ENOENT && errno != ENOTDIR) throw_errno("cannot copy to " + side.shown(path));
  const bool is_there = errno == ENOTDIR && side.try_open(without_slashes(path), O_PATH);
  if (names_directory(path) && (is_there || !source.directory)) {
    throw Error("the directory " + side.shown(path) + (is_there ? " is none" : " does not exist"));
  }
  const CopyTarget target = find_target(side, path);
  copy_tree(entry_of(source), {target.dir.get(), target.name}, options);
}

}  // namespace

CopySource find_copy_source(const CopySide& from, bool follow_link) {
  const Side side(from);
  const std::string& path = from.path;
  CopySource source;
  source.contents = path == "." || path.ends_with("/.");
  const std::string plain = without_slashes(path);
  source.base = base_name(plain);
  if (names_directory(path) || follow_link) {
    source.dir = side.try_open(path, O_PATH);
    source.contents = source.contents || source.base.empty() || source.base == "..";
  } else {
    source.dir = side.try_open(parent_of(plain), O_PATH | O_DIRECTORY);
    source.name = source.base;
  }
  const auto status = source.dir ? look(entry_of(source)) : std::nullopt;
  if (!status) throw Error("cannot copy " + side.shown(path), errno);
  source.directory = S_ISDIR(status->st_mode);
  return source;
}

void copy_between(const CopySide& source, const CopySide& destination, const CopyRules& rules) {
  const CopyOptions options{rules.archive, true, rules.archive};
  const CopySource from = find_copy_source(source, rules.follow_link);
  copy_to(from, Side(destination), destination.path, options);
}

}  // namespace sdcont
