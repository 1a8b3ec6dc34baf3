#include "util/xattr.h"

#include <sys/xattr.h>

#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::string_view kOverlays = "trusted.overlay.";

/// The calls on descriptors refuse those of O_PATH, and there are none with a directory and a name.
class Attributes {
 public:
  Attributes(int dir, const std::string& name)
      : path_("/proc/self/fd/" + std::to_string(dir) + (name.empty() ? "" : "/" + name)),
        follow_(name.empty()) {}

  ssize_t list(char* buffer, size_t size) const {
    return follow_ ? listxattr(path_.c_str(), buffer, size) : llistxattr(path_.c_str(), buffer, size);
  }
  ssize_t get(const char* attribute, char* buffer, size_t size) const {
    return follow_ ? getxattr(path_.c_str(), attribute, buffer, size)
                   : lgetxattr(path_.c_str(), attribute, buffer, size);
  }
  [[nodiscard]] bool set(const std::string& attribute, const std::string& value) const {
    const auto call = follow_ ? setxattr : lsetxattr;
    return call(path_.c_str(), attribute.c_str(), value.data(), value.size(), 0) == 0;
  }
  [[nodiscard]] bool remove(const std::string& attribute) const {
    return (follow_ ? removexattr : lremovexattr)(path_.c_str(), attribute.c_str()) == 0 || errno == ENODATA;
  }

 private:
  std::string path_;
  bool follow_;
};

/// What `call` fills its buffer with; false, with errno, where it fails.
template <typename Call>
bool read_whole(std::string& text, Call call) {
  for (;;) {
    const ssize_t size = call(nullptr, 0);
    if (size < 0) return false;
    text.resize(static_cast<size_t>(size));
    const ssize_t got = size == 0 ? 0 : call(text.data(), text.size());
    if (got < 0 && errno == ERANGE) continue;  // it grew meanwhile
    if (got < 0) return false;
    text.resize(static_cast<size_t>(got));
    return true;
  }
}

bool is_absent(int error) { return error == ENOTSUP || error == ENOENT || error == ENODATA; }

bool is_label(const std::string& attribute) {
  return attribute == "security.selinux" || attribute == "security.evm" || attribute == "security.ima" ||
         attribute.starts_with("security.SMACK64");
}

bool read_one(const Attributes& target, const std::string& name, const char* attribute, std::string& value) {
  if (read_whole(value, [&](char* buffer, size_t size) { return target.get(attribute, buffer, size); }))
    return true;
  if (is_absent(errno)) return false;
  throw_errno("cannot read the attribute " + printable(attribute) + " of " + printable(name));
}

}  // namespace

bool read_xattr(int dir, const std::string& name, const char* attribute, std::string& value) {
  return read_one(Attributes(dir, name), name, attribute, value);
}

std::map<std::string, std::string> read_xattrs(int dir, const std::string& name) {
  const Attributes target(dir, name);
  std::map<std::string, std::string> found;
  std::string names;
  if (!read_whole(names, [&](char* buffer, size_t size) { return target.list(buffer, size); })) {
    if (is_absent(errno)) return found;
    throw_errno("cannot list the attributes of " + printable(name));
  }
  for (const std::string& attribute : split(names, '\0')) {
    if (attribute.empty() || attribute.starts_with(kOverlays)) continue;
    std::string value;
    if (read_one(target, name, attribute.c_str(), value)) found.emplace(attribute, std::move(value));
  }
  return found;
}

void write_xattrs(int dir, const std::string& name, const std::map<std::string, std::string>& attributes) {
  const Attributes target(dir, name);
  for (const auto& [attribute, value] : read_xattrs(dir, name)) {
    if (is_label(attribute) || attributes.contains(attribute) || target.remove(attribute)) continue;
    throw_errno("cannot remove the attribute " + printable(attribute));
  }
  for (const auto& [attribute, value] : attributes) {
    if (is_label(attribute) || target.set(attribute, value)) continue;
    throw_errno("cannot set the attribute " + printable(attribute));
  }
}

}  // namespace sdcont
