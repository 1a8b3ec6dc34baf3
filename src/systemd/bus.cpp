#include "systemd/bus.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "systemd/client.h"
#include "systemd/patience.h"
#include "systemd/sd_bus.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kPrivateSocket = "unix:path=/run/systemd/private";
constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";

/// Not narrowed to the unit (arg2): sd-bus compares no argument that comes after one that is not a string.
/// Nor to the sender: nobody else may own systemd's path, and without a broker messages have none.
constexpr const char* kJobRemovedMatch =
    "type='signal',path='/org/freedesktop/systemd1',interface='org.freedesktop.systemd1.Manager',"
    "member='JobRemoved'";

/// An error of sd-bus(3)'s, thrown inside this file only.
struct BusError {
  int number;  ///< negative errno
};

int check_bus(int result) {
  if (result < 0) throw BusError{result};
  return result;
}

struct FreeMessage {
  void operator()(sd_bus_message* message) const { sd_bus_library().sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, FreeMessage>;

struct CloseBus {
  void operator()(sd_bus* bus) const { sd_bus_library().sd_bus_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;

class ErrorSlot {
 public:
  ErrorSlot() = default;
  ErrorSlot(const ErrorSlot&) = delete;
  ErrorSlot& operator=(const ErrorSlot&) = delete;
  ~ErrorSlot() { sd_bus_library().sd_bus_error_free(&error_); }
  sd_bus_error* get() { return &error_; }
  /// The error that is there, or else the number's.
  BusReply reply(int number) {
    if (error_.name == nullptr) sd_bus_library().sd_bus_error_set_errno(&error_, number);
    return {error_.name, error_.message == nullptr ? "" : error_.message, {}};
  }

 private:
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

/// Appends values to a message.
class Writer {
 public:
  explicit Writer(sd_bus_message* message) : message_(message) {}

  void basic(char type, const void* value) {
    check_bus(sd_.sd_bus_message_append_basic(message_, type, value));
  }
  void text(const std::string& value) { basic('s', value.c_str()); }
  template <typename Body>
  void container(char type, const char* contents, Body body) {
    check_bus(sd_.sd_bus_message_open_container(message_, type, contents));
    body();
    check_bus(sd_.sd_bus_message_close_container(message_));
  }
  template <typename Element>
  void numbers(char type, const std::vector<Element>& values) {
    check_bus(
        sd_.sd_bus_message_append_array(message_, type, values.data(), values.size() * sizeof(Element)));
  }
  void property(const std::string& name, const PropertyValue& value);

 private:
  const SdBus& sd_ = sd_bus_library();
  sd_bus_message* message_;
};

/// Appends a property's value as a variant of its D-Bus signature.
class VariantWriter {
 public:
  explicit VariantWriter(Writer& writer) : out_(writer) {}

  void operator()(bool value) {
    const int number = value ? 1 : 0;
    variant("b", [&] { out_.basic('b', &number); });
  }
  void operator()(uint64_t value) {
    variant("t", [&] { out_.basic('t', &value); });
  }
  void operator()(uint32_t value) {
    variant("u", [&] { out_.basic('u', &value); });
  }
  void operator()(int32_t value) {
    variant("i", [&] { out_.basic('i', &value); });
  }
  void operator()(const std::string& value) {
    variant("s", [&] { out_.text(value); });
  }
  void operator()(const std::vector<uint8_t>& bytes) {
    variant("ay", [&] { out_.numbers('y', bytes); });
  }
  void operator()(const std::vector<uint32_t>& numbers) {
    variant("au", [&] { out_.numbers('u', numbers); });
  }
  void operator()(const std::vector<std::string>& strings) {
    array("as", "s", strings, [&](const std::string& text) { out_.text(text); });
  }
  void operator()(const std::vector<std::pair<std::string, std::string>>& pairs) {
    structs("(ss)", pairs, [&](const auto& pair) {
      out_.text(pair.first);
      out_.text(pair.second);
    });
  }
  void operator()(const std::vector<std::pair<std::string, uint64_t>>& pairs) {
    structs("(st)", pairs, [&](const auto& pair) {
      out_.text(pair.first);
      out_.basic('t', &pair.second);
    });
  }
  void operator()(const std::vector<IpPrefix>& prefixes) {
    structs("(iayu)", prefixes, [&](const IpPrefix& prefix) {
      out_.basic('i', &prefix.family);
      out_.numbers('y', prefix.address);
      out_.basic('u', &prefix.prefix_length);
    });
  }

 private:
  template <typename Body>
  void variant(const char* signature, Body body) {
    out_.container('v', signature, body);
  }
  template <typename Elements, typename Each>
  void array(const std::string& signature, const char* element, const Elements& elements, Each each) {
    variant(signature.c_str(), [&] {
      out_.container('a', element, [&] { std::for_each(elements.begin(), elements.end(), each); });
    });
  }
  template <typename Elements, typename Each>
  void structs(const std::string& element, const Elements& elements, Each each) {
    const std::string fields = element.substr(1, element.size() - 2);
    array("a" + element, element.c_str(), elements,
          [&](const auto& value) { out_.container('r', fields.c_str(), [&] { each(value); }); });
  }

  Writer& out_;
};

void Writer::property(const std::string& name, const PropertyValue& value) {
  container('r', "sv", [&] {
    text(name);
    std::visit(VariantWriter(*this), value);
  });
}

/// Calls are synchronous; signals are processed while a job is waited for. No thread is ever started.
class SdBusConnection final : public BusConnection {
 public:
  explicit SdBusConnection(Bus bus) : bus_(std::move(bus)) {}

  BusReply watch_jobs() override {
    return guarded([&] {
      if (watching_) return BusReply{};
      // without waiting for the broker's answer, since it handles one client's messages in order
      check_bus(sd_.sd_bus_add_match_async(bus_.get(), nullptr, kJobRemovedMatch, keep_ended_job, nullptr,
                                           &ended_));
      watching_ = true;
      return BusReply{};
    });
  }

  BusReply wait_job(const std::string& job, uint64_t timeout) override {
    return guarded([&]() -> BusReply {
      const auto deadline = Patience::Clock::now() + std::chrono::microseconds(timeout);
      for (;;) {
        while (check_bus(sd_.sd_bus_process(bus_.get(), nullptr)) > 0) {
        }
        const auto found =
            std::find_if(ended_.begin(), ended_.end(), [&](const auto& end) { return end.first == job; });
        if (found != ended_.end()) return {{}, {}, found->second};
        if (Patience::Clock::now() >= deadline)
          return {kBusTimeout, "the end of the job was not signalled in time", {}};
        const int woken = sd_.sd_bus_wait(bus_.get(), remaining_usec(deadline));
        if (woken != -EINTR) check_bus(woken);
      }
    });
  }

  BusReply start_transient_unit(const std::string& unit, const std::vector<Property>& properties,
                                const std::vector<pid_t>& pids, uint64_t timeout) override {
    return call_manager("StartTransientUnit", timeout, "o", [&](Writer& out) {
      out.text(unit);
      out.text("fail");
      out.container('a', "(sv)", [&] {
        out.property("PIDs", std::vector<uint32_t>(pids.begin(), pids.end()));
        for (const Property& property : properties) out.property(property.name, property.value);
      });
      out.container('a', "(sa(sv))", [] {});  // auxiliary units: none
    });
  }

  BusReply stop_unit(const std::string& unit, uint64_t timeout) override {
    return call_manager("StopUnit", timeout, "o", [&](Writer& out) {
      out.text(unit);
      out.text("replace");
    });
  }

  BusReply reset_failed_unit(const std::string& unit, uint64_t timeout) override {
    return call_manager("ResetFailedUnit", timeout, "", [&](Writer& out) { out.text(unit); });
  }

  BusReply set_unit_properties(const std::string& unit, bool runtime, const std::vector<Property>& properties,
                               uint64_t timeout) override {
    return call_manager("SetUnitProperties", timeout, "", [&](Writer& out) {
      const int flag = runtime ? 1 : 0;
      out.text(unit);
      out.basic('b', &flag);
      out.container('a', "(sv)", [&] {
        for (const Property& property : properties) out.property(property.name, property.value);
      });
    });
  }

  BusReply reload(uint64_t timeout) override {
    return call_manager("Reload", timeout, "", [](Writer&) {});
  }

  BusReply unit_path(const std::string& unit, uint64_t timeout) override {
    return call_manager("GetUnit", timeout, "o", [&](Writer& out) { out.text(unit); });
  }

  BusReply unit_path_of(pid_t pid, uint64_t timeout) override {
    const auto number = static_cast<uint32_t>(pid);
    return call_manager("GetUnitByPID", timeout, "o", [&](Writer& out) { out.basic('u', &number); });
  }

  BusReply active_state(const std::string& path, uint64_t timeout) override {
    return get(path, kUnit, "ActiveState", timeout, [&](sd_bus_message* reply) {
      const char* state = "";
      check_bus(sd_.sd_bus_message_read(reply, "v", "s", &state));
      return std::string(state);
    });
  }

  BusReply pending_job(const std::string& path, uint64_t timeout) override {
    return get(path, kUnit, "Job", timeout, [&](sd_bus_message* reply) {
      uint32_t id = 0;
      const char* job = "";
      check_bus(sd_.sd_bus_message_read(reply, "v", "(uo)", &id, &job));
      return std::string(job);
    });
  }

  BusReply version(uint64_t timeout) override {
    return get(kManagerPath, kManager, "Version", timeout, [&](sd_bus_message* reply) {
      const char* version = "";
      check_bus(sd_.sd_bus_message_read(reply, "v", "s", &version));
      return std::string(version);
    });
  }

 private:
  using EndedJobs = std::vector<std::pair<std::string, std::string>>;  ///< job, result

  template <typename Body>
  static BusReply guarded(Body body) {
    try {
      return body();
    } catch (const BusError& error) {
      return ErrorSlot().reply(error.number);
    }
  }

  template <typename Fill, typename Read>
  BusReply call(const std::string& path, const char* interface, const char* member, uint64_t timeout,
                Fill fill, Read read) {
    return guarded([&]() -> BusReply {
      sd_bus_message* made = nullptr;
      check_bus(
          sd_.sd_bus_message_new_method_call(bus_.get(), &made, kService, path.c_str(), interface, member));
      const Message message(made);
      Writer writer(made);
      fill(writer);
      ErrorSlot error;
      sd_bus_message* answered = nullptr;
      const int result = sd_.sd_bus_call(bus_.get(), made, timeout, error.get(), &answered);
      const Message reply(answered);
      if (result < 0) return error.reply(result);
      return {{}, {}, read(answered)};
    });
  }

  /// A method of the manager's; the answer is the object path that it returns, if it does.
  template <typename Fill>
  BusReply call_manager(const char* member, uint64_t timeout, const char* returns, Fill fill) {
    return call(kManagerPath, kManager, member, timeout, fill, [&](sd_bus_message* reply) {
      const char* path = "";
      if (*returns != '\0') check_bus(sd_.sd_bus_message_read(reply, returns, &path));
      return std::string(path);
    });
  }

  template <typename Read>
  BusReply get(const std::string& path, const char* interface, const char* property, uint64_t timeout,
               Read read) {
    const auto fill = [&](Writer& out) {
      out.text(interface);
      out.text(property);
    };
    return call(path, "org.freedesktop.DBus.Properties", "Get", timeout, fill, read);
  }

  /// Called from within libsystemd, which is C: nothing may be thrown through it. A signal of another shape
  /// is none of systemd's; the job's end is found by asking.
  static int keep_ended_job(sd_bus_message* signal, void* ended, sd_bus_error*) noexcept {
    uint32_t id = 0;
    const char *job = "", *unit = "", *result = "";
    if (sd_bus_library().sd_bus_message_read(signal, "uoss", &id, &job, &unit, &result) >= 0)
      static_cast<EndedJobs*>(ended)->emplace_back(job, result);
    return 0;
  }

  const SdBus& sd_ = sd_bus_library();
  EndedJobs ended_;  // before the bus, whose match refers to it
  Bus bus_;
  bool watching_ = false;
};

/// systemd's own socket, as systemctl and systemd-run use it: no broker is waken for each message, and none
/// needs to run. Empty where nothing listens there.
Bus open_private() {
  const SdBus& sd = sd_bus_library();
  sd_bus* made = nullptr;
  check_bus(sd.sd_bus_new(&made));
  Bus bus(made);
  check_bus(sd.sd_bus_set_address(made, kPrivateSocket));
  if (sd.sd_bus_start(made) < 0) bus.reset();
  return bus;
}

Bus open_system() {
  sd_bus* bus = nullptr;
  check_bus(sd_bus_library().sd_bus_open_system(&bus));
  return Bus(bus);
}

}  // namespace

BusReply open_bus(std::unique_ptr<BusConnection>& connection) {
  try {
    Bus bus;
    if (geteuid() == 0 && getenv("DBUS_SYSTEM_BUS_ADDRESS") == nullptr) bus = open_private();
    if (!bus) bus = open_system();
    connection = std::make_unique<SdBusConnection>(std::move(bus));
    return {};
  } catch (const BusError& error) {
    return ErrorSlot().reply(error.number);
  }
}

std::unique_ptr<SystemdManager> connect_systemd() { return std::make_unique<SystemdClient>(open_bus); }

}  // namespace sdcont
