#include "systemd/dbus.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "util/text.h"
#include "util/unix_socket.h"

namespace sdcont {
namespace {

constexpr const char* kSystemBus = "unix:path=/run/dbus/system_bus_socket";
// Who we are is for the socket to tell (SO_PEERCRED): the name of the identity is left empty, since in a user
// namespace it would be another.
constexpr char kAuthentication[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
constexpr std::string_view kLineEnd = "\r\n";

DBusError standard(const char* name, std::string text) {
  return {std::string("org.freedesktop.DBus.Error.") + name, std::move(text)};
}

// "%2f" for what an address may not hold.
std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      plain.push_back(text[i]);
      continue;
    }
    plain.push_back(static_cast<char>(strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16)));
    i += 2;
  }
  return plain;
}

// The socket's name: a path, or with a leading zero byte an abstract one; empty where the address is of
// another kind.
std::string socket_name(std::string_view address) {
  constexpr std::string_view kTransport = "unix:";
  if (!address.starts_with(kTransport)) return {};
  for (const std::string& pair : split(address.substr(kTransport.size()), ',')) {
    const std::string_view word = pair;
    if (word.starts_with("path=")) return unescape(word.substr(5));
    if (word.starts_with("abstract=")) return std::string(1, '\0') + unescape(word.substr(9));
  }
  return {};
}

// An errno, or 0 with `socket` connected.
int connect_to(const std::string& name, Fd& connected) {
  if (name.empty()) return EPROTONOSUPPORT;
  connected = connect_unix(name, SOCK_STREAM | SOCK_NONBLOCK);
  return connected ? 0 : errno;
}

}  // namespace

DBusError dbus_error(int error) {
  const std::string text = strerror(error);
  switch (error) {
    case EPERM:
    case EACCES:
      return standard("AccessDenied", text);
    case ENOENT:
      return standard("FileNotFound", text);
    case ETIMEDOUT:
      return standard("Timeout", text);
    case EPIPE:
    case ECONNRESET:
      return standard("Disconnected", text);
    default: {
      const char* name = strerrorname_np(error);
      return {"System.Error." + (name == nullptr ? std::to_string(error) : std::string(name)), text};
    }
  }
}

DBusConnection::DBusConnection(std::string_view address) {
  int error = EPROTONOSUPPORT;
  for (const std::string& one : split(address, ';')) {
    if (!socket_ && !one.empty()) error = connect_to(socket_name(one), socket_);
  }
  if (!socket_) throw dbus_error(error);
  write(std::string_view(kAuthentication, sizeof kAuthentication - 1), Clock::now());
}

bool DBusConnection::wait(short events, Clock::time_point deadline) const {
  pollfd ready{socket_.get(), events, 0};
  for (;;) {
    const auto left = std::max<int64_t>(std::chrono::nanoseconds(deadline - Clock::now()).count(), 0);
    constexpr int64_t kSecond = 1'000'000'000;
    const timespec timeout{left / kSecond, left % kSecond};
    const int n = ppoll(&ready, 1, &timeout, nullptr);
    if (n >= 0) return n > 0;
    if (errno != EINTR) throw dbus_error(errno);
  }
}

void DBusConnection::write(std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      if (!wait(POLLOUT, deadline)) throw dbus_error(ETIMEDOUT);
    } else if (errno != EINTR) {
      throw dbus_error(errno);
    }
  }
}

uint32_t DBusConnection::send(const MethodCall& call, Clock::time_point deadline) {
  // systemd, where it has read a message together with the authentication, looks at it when the next one
  // comes
  while (!authenticated_) {
    take_authentication();
    if (!authenticated_ && !fill(deadline)) throw dbus_error(ETIMEDOUT);
  }
  write(encode(call, ++serial_), deadline);
  return serial_;
}

// More of what the peer has to say; false where it says nothing until the deadline.
bool DBusConnection::fill(Clock::time_point deadline) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t n = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n > 0) {
      in_.append(buffer.data(), static_cast<size_t>(n));
      return true;
    }
    if (n == 0) throw dbus_error(ECONNRESET);
    if (errno == EAGAIN && !wait(POLLIN, deadline)) return false;
    if (errno != EAGAIN && errno != EINTR) throw dbus_error(errno);
  }
}

void DBusConnection::take_authentication() {
  for (size_t end = 0; !authenticated_ && (end = in_.find(kLineEnd)) != std::string::npos;) {
    const std::string line = in_.substr(0, end);
    in_.erase(0, end + kLineEnd.size());
    authenticated_ = line.starts_with("OK");
    if (!authenticated_ && line != "DATA")
      throw standard("AuthFailed", "it does not accept who we are: " + line);
  }
}

bool DBusConnection::take_message() {
  const std::optional<size_t> size = message_size(in_);
  if (!size || *size > in_.size()) return false;
  auto message = *size == 0 ? std::nullopt : decode(std::string_view(in_).substr(0, *size));
  if (!message) throw standard("InconsistentMessage", "it says what is no message of D-Bus");
  in_.erase(0, *size);
  if (message->type == IncomingMessage::Type::signal) {
    on_signal(*message);
  } else if (message->type != IncomingMessage::Type::call) {
    answer_ = std::move(*message);
  }
  return true;
}

bool DBusConnection::receive(Clock::time_point deadline) {
  while (!take_message()) {
    if (!fill(deadline)) return false;
  }
  return true;
}

IncomingMessage DBusConnection::call(const MethodCall& call, Clock::time_point deadline) {
  const uint32_t serial = send(call, deadline);
  while (answer_.answers != serial) {
    if (!receive(deadline)) throw dbus_error(ETIMEDOUT);
  }
  if (answer_.type != IncomingMessage::Type::error) return std::move(answer_);
  const bool is_text = answer_.signature.starts_with('s');
  throw DBusError{answer_.error_name, is_text ? MessageReader(answer_.body).text() : std::string()};
}

MethodCall to_broker(const char* member, const char* signature, const std::string& arguments) {
  constexpr const char* kBroker = "org.freedesktop.DBus";
  return {kBroker, "/org/freedesktop/DBus", kBroker, member, signature, arguments};
}

DBusConnection open_system_bus(DBusConnection::Clock::time_point deadline) {
  const char* address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
  DBusConnection bus(address == nullptr ? kSystemBus : address);
  bus.call(to_broker("Hello", "", ""), deadline);
  return bus;
}

}  // namespace sdcont
