#include "util/unix_socket.h"

#include <cerrno>
#include <cstddef>

namespace sdcont {

std::optional<UnixAddress> unix_address(std::string_view name) noexcept {
  UnixAddress address;
  if (name.empty() || name.size() >= sizeof address.name.sun_path) return std::nullopt;
  address.name.sun_family = AF_UNIX;
  name.copy(address.name.sun_path, name.size());
  const bool ends_with_nul = name.front() != '\0';
  address.size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (ends_with_nul ? 1 : 0));
  return address;
}

std::string socket_path(const Fd& directory, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
}

Fd connect_unix(std::string_view name, int type) noexcept {
  const auto address = unix_address(name);
  if (!address) {
    errno = ENAMETOOLONG;
    return {};
  }
  Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!fd) return {};
  if (connect(fd.get(), address->get(), address->size) == 0) return fd;
  const int error = errno;
  fd.reset();
  errno = error;
  return {};
}

}  // namespace sdcont
