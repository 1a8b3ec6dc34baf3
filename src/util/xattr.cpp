#include "util/xattr.h"

#include <sys/xattr.h>

#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::string_view kOverlays = "trusted.overlay.";

// The calls on descriptors refuse those of O_PATH, and there are none with a directory and a name.
std::string path_of(int dir, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(dir) + "/" + name;
}

bool is_absent(int error) { return error == ENOTSUP || error == ENOENT || error == ENODATA; }

std::string list_names(const std::string& path, const std::string& name) {
  std::string names;
  for (;;) {
    const ssize_t size = llistxattr(path.c_str(), nullptr, 0);
    if (size <= 0) break;
    names.resize(static_cast<size_t>(size));
    const ssize_t got = llistxattr(path.c_str(), names.data(), names.size());
    if (got < 0 && errno == ERANGE) continue;  // one more meanwhile
    if (got < 0) break;
    names.resize(static_cast<size_t>(got));
    return names;
  }
  if (errno != 0 && !is_absent(errno)) throw_errno("cannot list the attributes of " + printable(name));
  return {};
}

bool read_value(const std::string& path, const char* attribute, std::string& value) {
  for (;;) {
    const ssize_t size = lgetxattr(path.c_str(), attribute, nullptr, 0);
    if (size < 0) return false;
    value.resize(static_cast<size_t>(size));
    const ssize_t got = lgetxattr(path.c_str(), attribute, value.data(), value.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) return false;
    value.resize(static_cast<size_t>(got));
    return true;
  }
}

}  // namespace

bool read_xattr(int dir, const std::string& name, const char* attribute, std::string* value) {
  std::string own;
  std::string& text = value == nullptr ? own : *value;
  if (read_value(path_of(dir, name), attribute, text)) return true;
  if (!is_absent(errno))
    throw_errno("cannot read the attribute " + std::string(attribute) + " of " + printable(name));
  return false;
}

std::map<std::string, std::string> read_xattrs(int dir, const std::string& name) {
  const std::string path = path_of(dir, name);
  std::map<std::string, std::string> found;
  errno = 0;
  for (const std::string& attribute : split(list_names(path, name), '\0')) {
    if (attribute.empty() || attribute.starts_with(kOverlays)) continue;
    std::string value;
    if (read_xattr(dir, name, attribute.c_str(), &value)) found.emplace(attribute, std::move(value));
  }
  return found;
}

void write_xattrs(int dir, const std::string& name, const std::map<std::string, std::string>& attributes) {
  const std::string path = path_of(dir, name);
  for (const auto& [attribute, value] : attributes) {
    if (lsetxattr(path.c_str(), attribute.c_str(), value.data(), value.size(), 0) == 0) continue;
    const bool label = attribute == "security.selinux" || attribute == "security.evm" ||
                       attribute == "security.ima" || attribute == "security.SMACK64";
    if (!label) throw_errno("cannot set the attribute " + printable(attribute) + " of " + printable(name));
  }
}

}  // namespace sdcont
