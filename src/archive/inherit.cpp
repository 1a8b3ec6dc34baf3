#include "archive/inherit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>

#include "archive/xattrs.h"
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

}  // namespace

void inherit_attributes(const std::string& layer, const std::vector<std::string>& lowers) {
  const auto list = read_file_if(layer + kFile);
  if (!list) return;
  const Fd tree = open_file(layer + "/tree", O_RDONLY | O_DIRECTORY);
  std::vector<Fd> roots;
  for (const std::string& lower : lowers) roots.push_back(open_file(lower, O_RDONLY | O_DIRECTORY));
  for (const std::string& path : split(*list, '\0')) {
    const Fd to = try_open_in_root(tree.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (path.empty() || !to) continue;
    for (const Fd& root : roots) {
      const Fd from = try_open_in_root(root.get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (from) copy_attributes(from.get(), to.get(), path);
      if (from || errno != ENOENT) break;  // something else is there: what is below it is not seen
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
