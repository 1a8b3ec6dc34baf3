#include "archive/xattrs.h"

#include <linux/limits.h>
#include <sys/xattr.h>
#include <climits>

#include <algorithm>
#include <cerrno>

#include "util/text.h"

namespace sdcont {

namespace {

/// What a descriptor's path means is the file that it leads to; any other path means itself.
bool is_descriptor(const std::string& path) {
  constexpr std::string_view kDescriptors = "/proc/self/fd/";
  return path.starts_with(kDescriptors) && path.find('/', kDescriptors.size()) == std::string::npos;
}

}  // namespace

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool is_kept_xattr(const std::string& name) {
  if (name.starts_with("user.")) return !name.starts_with("user.overlay.");
  return name == "security.capability" || name.starts_with("system.posix_acl_");
}

std::vector<std::string> kept_xattrs(const std::string& path) {
  std::vector<char> buffer(XATTR_LIST_MAX);
  const auto list = is_descriptor(path) ? listxattr : llistxattr;
  const ssize_t n = list(path.c_str(), buffer.data(), buffer.size());
  if (n <= 0) return {};
  auto names = split(std::string_view(buffer.data(), static_cast<size_t>(n - 1)), '\0');
  std::erase_if(names, [](const std::string& name) { return !is_kept_xattr(name); });
  std::sort(names.begin(), names.end());
  return names;
}

std::string xattr_value(const std::string& path, const std::string& name) {
  const auto get = is_descriptor(path) ? getxattr : lgetxattr;
  std::string value(256, '\0');
  for (;;) {
    const ssize_t n = get(path.c_str(), name.c_str(), value.data(), value.size());
    if (n < 0 && errno == ERANGE && value.size() < XATTR_SIZE_MAX) {
      value.resize(XATTR_SIZE_MAX);
      continue;
    }
    value.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    return value;
  }
}

}  // namespace sdcont
