#include "systemd/bus.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "systemd/client.h"
#include "systemd/dbus.h"

namespace sdcont {
namespace {

constexpr const char* kPrivateSocket = "unix:path=/run/systemd/private";
constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr uint64_t kMatchUsec = 1'000'000;
constexpr std::chrono::seconds kGreetingTime{25};

/// Not narrowed to the unit: all that end while we wait are few.
constexpr const char* kJobRemovedMatch =
    "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/"
    "systemd1',interface='org.freedesktop.systemd1.Manager',"
    "member='JobRemoved'";

template <typename Body>
BusReply guarded(Body body) {
  try {
    return body();
  } catch (const DBusError& error) {
    return {error.name, error.text, {}};
  }
}

/// Appends a property's value as a variant of its D-Bus signature.
class VariantWriter {
 public:
  explicit VariantWriter(MessageWriter& out) : out_(out) {}

  void operator()(bool value) {
    out_.signature("b");
    out_.boolean(value);
  }
  void operator()(uint64_t value) {
    out_.signature("t");
    out_.number(value);
  }
  void operator()(uint32_t value) {
    out_.signature("u");
    out_.number(value);
  }
  void operator()(int32_t value) {
    out_.signature("i");
    out_.number(value);
  }
  void operator()(const std::string& value) {
    out_.signature("s");
    out_.text(value);
  }
  void operator()(const std::vector<uint8_t>& bytes) {
    out_.signature("ay");
    write_bytes(bytes);
  }
  void operator()(const std::vector<uint32_t>& numbers) {
    array("au", 4, numbers, [&](uint32_t number) { out_.number(number); });
  }
  void operator()(const std::vector<std::string>& strings) {
    array("as", 4, strings, [&](const std::string& text) { out_.text(text); });
  }
  void operator()(const std::vector<std::pair<std::string, std::string>>& pairs) {
    array("a(ss)", 8, pairs, [&](const auto& pair) {
      out_.text(pair.first);
      out_.text(pair.second);
    });
  }
  void operator()(const std::vector<std::pair<std::string, uint64_t>>& pairs) {
    array("a(st)", 8, pairs, [&](const auto& pair) {
      out_.text(pair.first);
      out_.number(pair.second);
    });
  }
  void operator()(const std::vector<IpPrefix>& prefixes) {
    array("a(iayu)", 8, prefixes, [&](const IpPrefix& prefix) {
      out_.number(prefix.family);
      write_bytes(prefix.address);
      out_.number(prefix.prefix_length);
    });
  }

 private:
  void write_bytes(const std::vector<uint8_t>& bytes) {
    out_.array(1, [&] {
      for (const uint8_t byte : bytes) out_.byte(byte);
    });
  }
  template <typename Elements, typename Each>
  void array(const char* signature, size_t boundary, const Elements& elements, Each each) {
    out_.signature(signature);
    out_.array(boundary, [&] {
      for (const auto& element : elements) {
        out_.align(boundary);
        each(element);
      }
    });
  }

  MessageWriter& out_;
};

void write_property(MessageWriter& out, const std::string& name, const PropertyValue& value) {
  out.align(8);
  out.text(name);
  std::visit(VariantWriter(out), value);
}

void write_properties(MessageWriter& out, const std::vector<Property>& properties) {
  for (const Property& property : properties) write_property(out, property.name, property.value);
}

/// Calls are synchronous; signals are taken while a job is waited for. No thread is ever started.
class ManagerConnection final : public BusConnection {
 public:
  ManagerConnection(DBusConnection bus, bool has_broker) : bus_(std::move(bus)), has_broker_(has_broker) {
    bus_.on_signal = [this](const IncomingMessage& signal) { keep_ended_job(signal); };
  }

  BusReply watch_jobs() override {
    return guarded([&] {
      // without waiting for the broker's answer, since it handles one client's messages in order
      if (!watching_ && has_broker_) {
        MessageWriter match;
        match.text(kJobRemovedMatch);
        bus_.send(to_broker("AddMatch", "s", match.bytes()), after(kMatchUsec));
      }
      watching_ = true;
      return BusReply{};
    });
  }

  BusReply wait_job(const std::string& job, uint64_t timeout) override {
    return guarded([&]() -> BusReply {
      const auto deadline = after(timeout);
      for (;;) {
        while (bus_.receive(DBusConnection::Clock::time_point())) {  // what is here
        }
        const auto found =
            std::find_if(ended_.begin(), ended_.end(), [&](const auto& end) { return end.first == job; });
        if (found != ended_.end()) return {{}, {}, found->second};
        if (!bus_.receive(deadline)) return {kBusTimeout, "the end of the job was not signalled in time", {}};
      }
    });
  }

  BusReply start_transient_unit(const std::string& unit, const std::vector<Property>& properties,
                                const std::vector<pid_t>& pids, uint64_t timeout) override {
    return call_manager("StartTransientUnit", "ssa(sv)a(sa(sv))", timeout, "o", [&](MessageWriter& out) {
      out.text(unit);
      out.text("fail");
      out.array(8, [&] {
        write_property(out, "PIDs", std::vector<uint32_t>(pids.begin(), pids.end()));
        write_properties(out, properties);
      });
      out.array(8, [] {});  // auxiliary units: none
    });
  }

  BusReply stop_unit(const std::string& unit, uint64_t timeout) override {
    return call_manager("StopUnit", "ss", timeout, "o", [&](MessageWriter& out) {
      out.text(unit);
      out.text("replace");
    });
  }

  BusReply reset_failed_unit(const std::string& unit, uint64_t timeout) override {
    return call_manager("ResetFailedUnit", "s", timeout, "", [&](MessageWriter& out) { out.text(unit); });
  }

  BusReply set_unit_properties(const std::string& unit, bool runtime, const std::vector<Property>& properties,
                               uint64_t timeout) override {
    return call_manager("SetUnitProperties", "sba(sv)", timeout, "", [&](MessageWriter& out) {
      out.text(unit);
      out.boolean(runtime);
      out.array(8, [&] { write_properties(out, properties); });
    });
  }

  BusReply reload(uint64_t timeout) override {
    return call_manager("Reload", "", timeout, "", [](MessageWriter&) {});
  }

  BusReply unit_path(const std::string& unit, uint64_t timeout) override {
    return call_manager("GetUnit", "s", timeout, "o", [&](MessageWriter& out) { out.text(unit); });
  }

  BusReply unit_path_of(pid_t pid, uint64_t timeout) override {
    return call_manager("GetUnitByPID", "u", timeout, "o",
                        [&](MessageWriter& out) { out.number(static_cast<uint32_t>(pid)); });
  }

  BusReply active_state(const std::string& path, uint64_t timeout) override {
    return get(path, kUnit, "ActiveState", timeout, "s", [](MessageReader& in) { return in.text(); });
  }

  BusReply pending_job(const std::string& path, uint64_t timeout) override {
    return get(path, kUnit, "Job", timeout, "(uo)", [](MessageReader& in) {
      in.align(8);
      in.number<uint32_t>();
      return in.text();
    });
  }

  BusReply version(uint64_t timeout) override {
    return get(kManagerPath, kManager, "Version", timeout, "s", [](MessageReader& in) { return in.text(); });
  }

 private:
  using EndedJobs = std::vector<std::pair<std::string, std::string>>;  ///< job, result

  static DBusConnection::Clock::time_point after(uint64_t usec) {
    return DBusConnection::Clock::now() + std::chrono::microseconds(usec);
  }

  /// A method of the manager's; the answer is what it returns, if that is of the type `returns`.
  template <typename Fill>
  BusReply call_manager(const char* member, const char* signature, uint64_t timeout, const char* returns,
                        Fill fill) {
    return guarded([&]() -> BusReply {
      MessageWriter arguments;
      fill(arguments);
      const IncomingMessage answer =
          bus_.call({kService, kManagerPath, kManager, member, signature, arguments.bytes()}, after(timeout));
      if (*returns == '\0') return {};
      return answer_of(answer.signature == returns, MessageReader(answer.body),
                       [](MessageReader& in) { return in.text(); });
    });
  }

  template <typename Read>
  BusReply get(const std::string& path, const char* interface, const char* property, uint64_t timeout,
               const char* type, Read read) {
    return guarded([&]() -> BusReply {
      MessageWriter arguments;
      arguments.text(interface);
      arguments.text(property);
      const IncomingMessage answer =
          bus_.call({kService, path, "org.freedesktop.DBus.Properties", "Get", "ss", arguments.bytes()},
                    after(timeout));
      MessageReader in(answer.body);
      const bool fits = answer.signature == "v" && in.signature() == type;
      return answer_of(fits, in, read);
    });
  }

  template <typename Read>
  static BusReply answer_of(bool fits, MessageReader in, Read read) {
    BusReply reply{{}, {}, fits ? read(in) : std::string()};
    if (fits && in.good()) return reply;
    return {"org.freedesktop.DBus.Error.InconsistentMessage", "its answer is of another type", {}};
  }

  /// A signal of another shape is none of systemd's; the job's end is found by asking.
  void keep_ended_job(const IncomingMessage& signal) {
    if (signal.member != "JobRemoved" || signal.path != kManagerPath || signal.interface != kManager ||
        signal.signature != "uoss")
      return;
    MessageReader in(signal.body);
    in.number<uint32_t>();
    std::string job = in.text();
    in.text();  // the unit
    std::string result = in.text();
    if (in.good()) ended_.emplace_back(std::move(job), std::move(result));
  }

  DBusConnection bus_;
  bool has_broker_;
  EndedJobs ended_;
  bool watching_ = false;
};

}  // namespace

BusReply open_bus(std::unique_ptr<BusConnection>& connection) {
  // systemd's own socket, as systemctl and systemd-run use it: no broker is waken for each message, and none
  // needs to run
  if (geteuid() == 0 && getenv("DBUS_SYSTEM_BUS_ADDRESS") == nullptr) {
    try {
      connection = std::make_unique<ManagerConnection>(DBusConnection(kPrivateSocket), false);
      return {};
    } catch (const DBusError&) {  // nothing listens there
    }
  }
  return guarded([&] {
    connection = std::make_unique<ManagerConnection>(
        open_system_bus(DBusConnection::Clock::now() + kGreetingTime), true);
    return BusReply{};
  });
}

std::unique_ptr<SystemdManager> connect_systemd() { return std::make_unique<SystemdClient>(open_bus); }

}  // namespace sdcont
