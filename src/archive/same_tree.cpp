#include "archive/same_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <vector>

#include "archive/interrupt.h"
#include "archive/xattrs.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::vector<std::string> sorted_names(int dir) {
  auto names = list_directory(descriptor_path(dir));
  std::sort(names.begin(), names.end());
  return names;
}

bool same_content(const Fd& one, const Fd& other) {
  constexpr size_t kAtOnce = size_t{128} << 10;
  std::vector<char> a(kAtOnce), b(kAtOnce);
  for (;;) {
    check_interrupted();
    const ssize_t n = read(one.get(), a.data(), a.size());
    if (n < 0) return false;
    size_t have = 0;
    while (have < static_cast<size_t>(n)) {
      const ssize_t m = read(other.get(), b.data() + have, static_cast<size_t>(n) - have);
      if (m <= 0) return false;
      have += static_cast<size_t>(m);
    }
    if (n == 0) return read(other.get(), b.data(), 1) == 0;
    if (!std::equal(a.begin(), a.begin() + n, b.begin())) return false;
  }
}

bool same(int one, int other, const std::string& base, const struct stat& a, const struct stat& b) {
  if (a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid || a.st_rdev != b.st_rdev)
    return false;
  if (kept_xattrs(one, base) != kept_xattrs(other, base)) return false;
  if (S_ISDIR(a.st_mode)) return true;
  if (a.st_size != b.st_size || a.st_nlink != b.st_nlink || a.st_mtim.tv_sec != b.st_mtim.tv_sec)
    return false;
  if (S_ISLNK(a.st_mode)) return read_link_at(one, base) == read_link_at(other, base);
  if (!S_ISREG(a.st_mode)) return true;
  return same_content(open_at(one, base, O_RDONLY | O_NOFOLLOW), open_at(other, base, O_RDONLY | O_NOFOLLOW));
}

std::string differs_below(int one, int other, const std::string& path) {
  const auto names = sorted_names(one);
  if (names != sorted_names(other)) return path.empty() ? "/" : path;
  for (const std::string& base : names) {
    const std::string at = path + "/" + base;
    struct stat a {
    }, b{};
    if (fstatat(one, base.c_str(), &a, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstatat(other, base.c_str(), &b, AT_SYMLINK_NOFOLLOW) != 0)
      return at;
    if (!same(one, other, base, a, b)) return at;
    if (!S_ISDIR(a.st_mode)) continue;
    const Fd dir_a = open_at(one, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const Fd dir_b = open_at(other, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    std::string difference = differs_below(dir_a.get(), dir_b.get(), at);
    if (!difference.empty()) return difference;
  }
  return {};
}

}  // namespace

std::string first_difference(int one, int other) {
  struct stat a {
  }, b{};
  check(fstat(one, &a), "cannot look at a layer");
  check(fstat(other, &b), "cannot look at a layer");
  return same(one, other, ".", a, b) ? differs_below(one, other, "") : "/";
}

}  // namespace sdcont
