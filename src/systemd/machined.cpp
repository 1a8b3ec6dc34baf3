#include "systemd/machined.h"

#include <chrono>
#include <vector>

#include "systemd/dbus.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kMachined = "org.freedesktop.machine1";
// It may have to be started for the call. What it forgets by itself is not waited for as long.
constexpr std::chrono::seconds kRegisterPatience{25}, kUnregisterPatience{5};

DBusConnection open_bus_to_machined(DBusConnection::Clock::time_point deadline) {
  try {
    return open_system_bus(deadline);
  } catch (const DBusError& error) {
    throw Error("cannot reach systemd-machined: there is no system bus (" + printable(error.text) + ")")
        .remedy("start it (dbus.service), or leave --register away");
  }
}

// Throws DBusError where it is machined that refuses.
void call_machined(const char* member, const char* signature, const MessageWriter& arguments,
                   std::chrono::seconds patience) {
  const auto deadline = DBusConnection::Clock::now() + patience;
  open_bus_to_machined(deadline).call(
      {kMachined, "/org/freedesktop/machine1", "org.freedesktop.machine1.Manager", member, signature,
       arguments.bytes()},
      deadline);
}

std::vector<uint8_t> uuid_of(const std::string& id) {
  constexpr size_t kBytes = 16;
  const auto digit = [&](size_t at) {
    return static_cast<uint8_t>(std::string("0123456789abcdef").find(id.at(at)));
  };
  std::vector<uint8_t> uuid;
  for (size_t i = 0; i < kBytes; ++i)
    uuid.push_back(static_cast<uint8_t>((digit(2 * i) << 4) | digit(2 * i + 1)));
  return uuid;
}

}  // namespace

void register_machine(const Machine& machine) {
  MessageWriter arguments;
  arguments.text(machine.name);
  arguments.array(1, [&] {
    for (const uint8_t byte : uuid_of(machine.id)) arguments.byte(byte);
  });
  arguments.text("sdcont");
  arguments.text("container");
  arguments.number(static_cast<uint32_t>(machine.leader));
  arguments.text(machine.root);
  try {
    // without network interfaces: it has none that the host could know it by
    call_machined("RegisterMachine", "sayssus", arguments, kRegisterPatience);
  } catch (const DBusError& error) {
    const std::string said = printable(error.text.empty() ? error.name : error.text);
    if (error.name.ends_with(".ServiceUnknown") || error.name.ends_with(".NoSuchUnit"))
      throw Error("there is no systemd-machined here (" + said + ")")
          .remedy("install it (Debian: systemd-container), or leave --register away");
    throw Error("systemd-machined does not register " + machine.name + ": " + said)
        .remedy("see machinectl list, or leave --register away");
  }
}

void unregister_machine(const std::string& name) noexcept {
  try {
    MessageWriter arguments;
    arguments.text(name);
    call_machined("UnregisterMachine", "s", arguments, kUnregisterPatience);
  } catch (...) {
    // machined forgets it with its unit
  }
}

}  // namespace sdcont
