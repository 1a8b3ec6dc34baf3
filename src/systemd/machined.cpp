#include "systemd/machined.h"

#include <array>
#include <memory>
#include <vector>

#include "systemd/sd_bus.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kMachined = "org.freedesktop.machine1";
// Microseconds: it may have to be started for the call. What it forgets by itself is not waited for as long.
constexpr uint64_t kRegisterPatience = 25'000'000, kUnregisterPatience = 5'000'000;

struct CloseSystemBus {
  void operator()(sd_bus* bus) const { sd_bus_library().sd_bus_close_unref(bus); }
};
struct FreeCall {
  void operator()(sd_bus_message* message) const { sd_bus_library().sd_bus_message_unref(message); }
};
using MachinedCall = std::unique_ptr<sd_bus_message, FreeCall>;

class MachinedBus {
 public:
  MachinedBus() {
    sd_bus* bus = nullptr;
    if (const int result = sd_.sd_bus_open_system(&bus); result < 0)
      throw Error("cannot reach systemd-machined: there is no system bus", -result)
          .remedy("start it (dbus.service), or leave --register away");
    bus_.reset(bus);
  }

  MachinedCall call_to(const char* member) {
    sd_bus_message* call = nullptr;
    made(sd_.sd_bus_message_new_method_call(bus_.get(), &call, kMachined, "/org/freedesktop/machine1",
                                            "org.freedesktop.machine1.Manager", member));
    return MachinedCall(call);
  }

  // sd-bus(3)'s calls fail for want of memory, or for what is no text.
  static void made(int result) {
    if (result < 0) throw Error("cannot make a message for systemd-machined", -result);
  }

  // What it answers with where it refuses, or empty.
  std::string send(const MachinedCall& call, uint64_t patience) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* answer = nullptr;
    const int result = sd_.sd_bus_call(bus_.get(), call.get(), patience, &error, &answer);
    const MachinedCall answered(answer);
    if (result >= 0) return {};
    if (error.name == nullptr) sd_.sd_bus_error_set_errno(&error, result);
    const std::string name = error.name;
    std::string text = error.message == nullptr ? name : error.message;
    sd_.sd_bus_error_free(&error);
    if (name.ends_with(".ServiceUnknown") || name.ends_with(".NoSuchUnit"))
      throw Error("there is no systemd-machined here (" + text + ")")
          .remedy("install it (Debian: systemd-container), or leave --register away");
    return text;
  }

 private:
  const SdBus& sd_ = sd_bus_library();
  std::unique_ptr<sd_bus, CloseSystemBus> bus_;
};

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
  const SdBus& sd = sd_bus_library();
  MachinedBus bus;
  // without network interfaces: it has none that the host could know it by
  const MachinedCall call = bus.call_to("RegisterMachine");
  const auto uuid = uuid_of(machine.id);
  MachinedBus::made(sd.sd_bus_message_append(call.get(), "s", machine.name.c_str()));
  MachinedBus::made(sd.sd_bus_message_append_array(call.get(), 'y', uuid.data(), uuid.size()));
  MachinedBus::made(sd.sd_bus_message_append(call.get(), "ssus", "sdcont", "container",
                                             static_cast<uint32_t>(machine.leader), machine.root.c_str()));
  const std::string refused = bus.send(call, kRegisterPatience);
  if (!refused.empty())
    throw Error("systemd-machined does not register " + machine.name + ": " + printable(refused))
        .remedy("see machinectl list, or leave --register away");
}

void unregister_machine(const std::string& name) noexcept {
  try {
    MachinedBus bus;
    const MachinedCall call = bus.call_to("UnregisterMachine");
    MachinedBus::made(sd_bus_library().sd_bus_message_append(call.get(), "s", name.c_str()));
    static_cast<void>(bus.send(call, kUnregisterPatience));
  } catch (const std::exception&) {
    // machined forgets it with its unit
  }
}

}  // namespace sdcont
