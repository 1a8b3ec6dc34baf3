#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "systemd/message.h"
#include "util/fd.h"

namespace sdcont {

/// An error by its D-Bus name: the peer's, or what became of the connection
/// ("org.freedesktop.DBus.Error.Timeout", "….Disconnected", "System.Error.ECONNREFUSED").
struct DBusError {
  std::string name;
  std::string text;
};

/// A connection to a message bus, or to a service that listens by itself. Written by hand: to load
/// libsystemd, with what that needs, and to connect by it takes as long as all else that the client does of a
/// launch (1 ms). All throws DBusError.
class DBusConnection {
 public:
  using Clock = std::chrono::steady_clock;

  /// `address` as $DBUS_SYSTEM_BUS_ADDRESS has it: "unix:path=…" or "unix:abstract=…", several separated by
  /// ";", of which the first that can be connected to is taken. Does not wait until the peer has accepted us:
  /// the first call does.
  explicit DBusConnection(std::string_view address);

  /// Makes a call and waits for its answer.
  IncomingMessage call(const MethodCall& call, Clock::time_point deadline);
  /// Makes a call whose answer is of no interest; returns its serial.
  uint32_t send(const MethodCall& call, Clock::time_point deadline);
  /// Takes one message that is here, or comes until the deadline; false where none does.
  bool receive(Clock::time_point deadline);

  /// Who is told of signals.
  std::function<void(const IncomingMessage&)> on_signal = [](const IncomingMessage&) {};

 private:
  void write(std::string_view bytes, Clock::time_point deadline);
  bool fill(Clock::time_point deadline);
  bool wait(short events, Clock::time_point deadline) const;
  void take_authentication();
  bool take_message();

  Fd socket_;
  std::string in_;
  bool authenticated_ = false;
  uint32_t serial_ = 0;
  IncomingMessage answer_;  // the last one
};

/// A call of the bus's own.
MethodCall to_broker(const char* member, const char* signature, const std::string& arguments);

/// The system bus, which has greeted us.
DBusConnection open_system_bus(DBusConnection::Clock::time_point deadline);

/// What a failed system call is called.
DBusError dbus_error(int error);

}  // namespace sdcont
