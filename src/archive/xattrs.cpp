#include "archive/xattrs.h"

#include "util/xattr.h"

namespace sdcont {

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool is_kept_xattr(const std::string& name) {
  if (name.starts_with("user.")) return !name.starts_with("user.overlay.");
  return name == "security.capability" || name.starts_with("system.posix_acl_");
}

std::map<std::string, std::string> kept_xattrs(int dir, const std::string& name) {
  auto found = read_xattrs(dir, name);
  std::erase_if(found, [](const auto& attribute) { return !is_kept_xattr(attribute.first); });
  return found;
}

}  // namespace sdcont
