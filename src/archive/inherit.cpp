#include "archive/inherit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>

#include "archive/xattrs.h"
#include "rootfs/changes.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kFile = "/implicit";

void copy_attributes(int from, int to, const std::string& path) {
  struct stat st {};
  const bool copied =
      fstat(from, &st) == 0 && fchown(to, st.st_uid, st.st_gid) == 0 && fchmod(to, st.st_mode & 07777) == 0;
  if (!copied) throw_errno("cannot copy the attributes of " + printable(path));
  for (const auto& [name, value] : kept_xattrs(from, "")) {
    if (fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0 && errno != EOPNOTSUPP) {
      throw_errno("cannot copy the attributes of " + printable(path));
    }
  }
  const std::array<timespec, 2> times = {st.st_atim, st.st_mtim};
  check(futimens(to, times.data()), "cannot copy the times of a directory");
}

/// Whether a directory on the way to `path` (not the last one) hides what lower layers have in it.
bool is_hidden_by(const Fd& tree, const std::string& path) {
  for (size_t end = 0; end != std::string::npos && end + 1 < path.size(); end = path.find('/', end + 1)) {
    const Fd directory =
        try_open_in_root(tree.get(), end == 0 ? "/" : path.substr(0, end), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!directory) return false;
    if (is_opaque(directory.get(), "")) return true;
  }
  return false;
}

}  // namespace

void inherit_attributes(const std::string& layer, const std::vector<std::string>& lowers) {
  const auto list = read_file_if(layer + kFile);
  if (!list) return;
  const Fd tree = open_file(layer + "/tree", O_RDONLY | O_DIRECTORY);
  std::vector<Fd> roots;
  for (const std::string& lower : lowers) roots.push_back(open_file(lower, O_RDONLY | O_DIRECTORY));
  for (const std::string& path : split(*list, '\0')) {
    const Fd to = try_open_in_root(tree.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (path.empty() || !to || is_hidden_by(tree, path)) continue;
    for (const Fd& root : roots) {
      const Fd from = try_open_in_root(root.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (from) copy_attributes(from.get(), to.get(), path);
      // where something else is there, or the directory is opaque, what is below it is not seen
      if (from || errno != ENOENT || is_hidden_by(root, path)) break;
    }
  }
}

void write_implicit(const std::string& layer, const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  std::string text;
  for (const std::string& path : paths) text += path + '\0';
  const Fd file = open_file(layer + kFile, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(file.get(), text);
}

}  // namespace sdcont
