#include "rootfs/copy_tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <utility>

#include "rootfs/mount_api.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

class TreeCopy {
 public:
  TreeCopy(int top, const CopyOptions& options) : top_(top), options_(options) {}

  /// `path`: of `to`, from the top of the copy.
  void entry(const Entry& from, const Entry& to, const std::string& path) {
    struct stat st {};
    const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    if (fstatat(from.dir, from.name.c_str(), &st, flags) != 0)
      throw_errno("cannot look at " + printable(path));
    const auto there = look(to);
    if (there && S_ISDIR(there->st_mode) != S_ISDIR(st.st_mode)) {
      throw Error(S_ISDIR(st.st_mode) ? "cannot put a directory in place of the file " + printable(path)
                                      : "cannot put a file in place of the directory " + printable(path));
    }
    // rename(2) would take the mount away from who has it, where that is not our mount namespace
    if (there && !S_ISDIR(st.st_mode) && is_mount_point(to.dir, to.name))
      throw Error("cannot replace " + printable(path) + ", on which something is mounted", EBUSY);
    if (!S_ISDIR(st.st_mode)) return file(from, st, to, path);
    const Fd source =
        open_at(from.dir, from.name.empty() ? "." : from.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!there && mkdirat(to.dir, to.name.c_str(), 0700) != 0) {
      throw_errno("cannot make the directory " + printable(path));
    }
    const Fd target = open_at(to.dir, to.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    refuse_itself(source.get(), target.get());
    contents(source.get(), target.get(), path, st);
  }

  void contents(int source, int target, const std::string& path, const std::optional<struct stat>& itself) {
    for (const std::string& name : list_directory("/proc/self/fd/" + std::to_string(source))) {
      entry({source, name}, {target, name}, path.empty() ? name : path + "/" + name);
    }
    if (!itself) return;
    copy_metadata({source, "."}, *itself, target, options_);
    if (options_.times) set_times(target, *itself);
  }

 private:
  // The first directory of the copy, seen in the source: that would never end.
  void refuse_itself(int source, int target) {
    struct stat from {};
    struct stat to {};
    if (fstat(source, &from) != 0 || fstat(target, &to) != 0) throw_errno("cannot look at a directory");
    if (!own_) own_ = {to.st_dev, to.st_ino};
    if (own_ == std::pair{from.st_dev, from.st_ino}) throw Error("cannot copy a directory into itself");
  }

  static std::optional<struct stat> look(const Entry& to) {
    struct stat st {};
    if (fstatat(to.dir, to.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return st;
    if (errno == ENOENT) return std::nullopt;
    throw_errno("cannot look at " + printable(to.name));
  }

  void file(const Entry& from, const struct stat& status, const Entry& to, const std::string& path) {
    const std::pair<dev_t, ino_t> inode{status.st_dev, status.st_ino};
    const auto first = status.st_nlink > 1 ? first_names_.find(inode) : first_names_.end();
    if (first != first_names_.end() && link(first->second, to)) return;
    replace_file(from, status, to, options_);
    if (status.st_nlink > 1) first_names_.emplace(inode, path);
  }

  // False where that cannot be: it is copied once more.
  bool link(const std::string& first, const Entry& to) const {
    struct open_how how {};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const size_t slash = first.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : first.substr(0, slash);
    const Fd dir(static_cast<int>(syscall(SYS_openat2, top_, parent.c_str(), &how, sizeof how)));
    if (!dir) return false;
    const std::string name = base_name(first);
    if (linkat(dir.get(), name.c_str(), to.dir, to.name.c_str(), 0) == 0) return true;
    if (errno != EEXIST || unlinkat(to.dir, to.name.c_str(), 0) != 0) return false;
    return linkat(dir.get(), name.c_str(), to.dir, to.name.c_str(), 0) == 0;
  }

  int top_;
  CopyOptions options_;
  std::optional<std::pair<dev_t, ino_t>> own_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
};

}  // namespace

void copy_tree(const Entry& from, const Entry& to, const CopyOptions& options) {
  TreeCopy(to.dir, options).entry(from, to, to.name);
}

void copy_contents(int from, int to, const CopyOptions& options, bool itself) {
  struct stat st {};
  if (fstat(from, &st) != 0) throw_errno("cannot look at a directory");
  TreeCopy(to, options).contents(from, to, "", itself ? std::optional(st) : std::nullopt);
}

}  // namespace sdcont
