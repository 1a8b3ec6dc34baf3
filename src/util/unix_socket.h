#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

#include "util/fd.h"

namespace sdcont {

/// Where a Unix socket is (unix(7)).
struct UnixAddress {
  sockaddr_un name{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&name); }
};

/// A path, or an abstract name, which begins with a NUL. Nothing where it is empty, or longer than an address
/// can be (107 bytes).
std::optional<UnixAddress> unix_address(std::string_view name) noexcept;

/// A path for a socket in a directory that is open, wherever that is: short enough for an address.
std::string socket_path(const Fd& directory, const std::string& name);

/// A socket of this type (and SOCK_NONBLOCK) that is connected, close-on-exec; empty with errno set where it
/// cannot be had.
Fd connect_unix(std::string_view name, int type) noexcept;

}  // namespace sdcont
