#include "systemd/bus_module.h"

#include <poll.h>
#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>
#include <variant>

namespace sdcont {
namespace {

// sdbus-c++ 1.x (Debian 12) and 2.x (Debian 13) differ here and nowhere else. Only 2.x adds a match without
// waiting for the broker's answer; that is safe because a broker handles one client's messages in order.
#if __has_include(<sdbus-c++/VTableItems.h>)
using sdbus::InterfaceName;
using sdbus::MethodName;
using sdbus::ServiceName;

template <typename Handler>
sdbus::Slot add_match(sdbus::IConnection& bus, const std::string& rule, Handler handler) {
  return bus.addMatchAsync(rule, std::move(handler), {}, sdbus::return_slot);
}

bool process_one(sdbus::IConnection& bus) { return bus.processPendingEvent(); }
#else
using InterfaceName = std::string;
using MethodName = std::string;
using ServiceName = std::string;

template <typename Handler>
sdbus::Slot add_match(sdbus::IConnection& bus, const std::string& rule, Handler handler) {
  return bus.addMatch(rule, std::move(handler));
}

bool process_one(sdbus::IConnection& bus) { return bus.processPendingRequest(); }
#endif

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";

/// Appends a property's value as a variant of its D-Bus signature.
class VariantWriter {
 public:
  explicit VariantWriter(sdbus::Message& message) : message_(message) {}

  void operator()(bool value) { basic("b", value); }
  void operator()(uint64_t value) { basic("t", value); }
  void operator()(uint32_t value) { basic("u", value); }
  void operator()(int32_t value) { basic("i", value); }
  void operator()(const std::string& value) { basic("s", value); }
  void operator()(const std::vector<uint8_t>& bytes) { list("ay", "y", bytes); }
  void operator()(const std::vector<std::string>& strings) { list("as", "s", strings); }
  void operator()(const std::vector<uint32_t>& numbers) { list("au", "u", numbers); }
  void operator()(const std::vector<std::pair<std::string, std::string>>& pairs) {
    list("a(ss)", "(ss)", pairs);
  }
  void operator()(const std::vector<std::pair<std::string, uint64_t>>& pairs) {
    list("a(st)", "(st)", pairs);
  }
  void operator()(const std::vector<IpPrefix>& prefixes) { list("a(iayu)", "(iayu)", prefixes); }

 private:
  template <typename Value>
  void basic(const char* signature, const Value& value) {
    message_.openVariant(signature);
    message_ << value;
    message_.closeVariant();
  }

  template <typename Element>
  void list(const char* signature, const char* element_signature, const std::vector<Element>& elements) {
    message_.openVariant(signature);
    array(element_signature, elements);
    message_.closeVariant();
  }

  template <typename Element>
  void array(const char* element_signature, const std::vector<Element>& elements) {
    message_.openContainer(element_signature);
    for (const Element& element : elements) append(element);
    message_.closeContainer();
  }

  template <typename Basic>
  void append(const Basic& value) {
    message_ << value;
  }
  void append(const std::pair<std::string, std::string>& pair) { append("ss", pair); }
  void append(const std::pair<std::string, uint64_t>& pair) { append("st", pair); }
  template <typename Second>
  void append(const char* signature, const std::pair<std::string, Second>& pair) {
    message_.openStruct(signature);
    message_ << pair.first << pair.second;
    message_.closeStruct();
  }
  void append(const IpPrefix& prefix) {
    message_.openStruct("iayu");
    message_ << prefix.family;
    array("y", prefix.address);
    message_ << prefix.prefix_length;
    message_.closeStruct();
  }

  sdbus::Message& message_;
};

void append_property(sdbus::Message& message, const std::string& name, const PropertyValue& value) {
  message.openStruct("sv");
  message << name;
  std::visit(VariantWriter(message), value);
  message.closeStruct();
}

/// Runs the body and turns whatever it throws into the reply: nothing may be thrown across the border.
template <typename Body>
BusReply guarded(Body body) noexcept {
  BusReply reply;
  try {
    body(reply);
  } catch (const sdbus::Error& error) {
    reply.fail(error.getName(), error.getMessage());
  } catch (const std::exception& error) {
    reply.fail("org.freedesktop.DBus.Error.Failed", error.what());
  } catch (...) {
    reply.fail("org.freedesktop.DBus.Error.Failed", "an unknown exception in the bus module");
  }
  return reply;
}

/// Not narrowed to the unit (arg2): sd-bus compares no argument that comes after one that is not a string.
constexpr const char* kJobRemovedMatch =
    "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
    "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";

/// No thread is ever started: proxies borrow the connection (one that owns it would run a loop of its own),
/// calls are synchronous, and signals are processed while a job is waited for.
class SdbusConnection final : public BusConnection {
 public:
  SdbusConnection() : bus_(sdbus::createSystemBusConnection()), manager_(proxy(kManagerPath)) {}

  void close() noexcept override { delete this; }

  BusReply watch_jobs() noexcept override {
    return guarded([&](BusReply&) {
      if (!match_)
        match_ = add_match(*bus_, kJobRemovedMatch, [this](auto&& signal) { keep_ended_job(signal); });
    });
  }

  BusReply wait_job(const char* job, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout);
      for (;;) {
        while (process_one(*bus_)) {
        }
        const auto found =
            std::find_if(ended_.begin(), ended_.end(), [&](const auto& end) { return end.first == job; });
        if (found != ended_.end()) return reply.answer(found->second);
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left <= left.zero())
          return reply.fail(kBusTimeout, "the end of the job was not signalled in time");
        wait_readable(std::chrono::ceil<std::chrono::milliseconds>(left));
      }
    });
  }

  BusReply start_transient_unit(const std::string& unit, const std::vector<Property>& properties,
                                const std::vector<pid_t>& pids, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      auto call = method(*manager_, kManager, "StartTransientUnit");
      call << unit << "fail";
      call.openContainer("(sv)");
      append_property(call, "PIDs", std::vector<uint32_t>(pids.begin(), pids.end()));
      for (const Property& property : properties) append_property(call, property.name, property.value);
      call.closeContainer();
      call.openContainer("(sa(sv))");  // auxiliary units: none
      call.closeContainer();
      answer_with_path(*manager_, call, timeout, reply);
    });
  }

  BusReply stop_unit(const std::string& unit, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      auto call = method(*manager_, kManager, "StopUnit");
      call << unit << "replace";
      answer_with_path(*manager_, call, timeout, reply);
    });
  }

  BusReply reset_failed_unit(const std::string& unit, uint64_t timeout) noexcept override {
    return guarded([&](BusReply&) {
      auto call = method(*manager_, kManager, "ResetFailedUnit");
      call << unit;
      manager_->callMethod(call, timeout);
    });
  }

  BusReply set_unit_properties(const std::string& unit, const std::vector<Property>& properties,
                               uint64_t timeout) noexcept override {
    return guarded([&](BusReply&) {
      auto call = method(*manager_, kManager, "SetUnitProperties");
      call << unit << true;
      call.openContainer("(sv)");
      for (const Property& property : properties) append_property(call, property.name, property.value);
      call.closeContainer();
      manager_->callMethod(call, timeout);
    });
  }

  BusReply unit_path(const std::string& unit, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      auto call = method(*manager_, kManager, "GetUnit");
      call << unit;
      answer_with_path(*manager_, call, timeout, reply);
    });
  }

  BusReply unit_path_of(pid_t pid, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      auto call = method(*manager_, kManager, "GetUnitByPID");
      call << static_cast<uint32_t>(pid);
      answer_with_path(*manager_, call, timeout, reply);
    });
  }

  BusReply active_state(const char* path, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      std::string state;
      auto got = get(*proxy(path), kUnit, "ActiveState", timeout);
      got.enterVariant("s");
      got >> state;
      reply.answer(state);
    });
  }

  BusReply pending_job(const char* path, uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      uint32_t id = 0;
      sdbus::ObjectPath job;
      auto got = get(*proxy(path), kUnit, "Job", timeout);
      got.enterVariant("(uo)");
      got.enterStruct("uo");
      got >> id >> job;
      reply.answer(job);
    });
  }

  BusReply version(uint64_t timeout) noexcept override {
    return guarded([&](BusReply& reply) {
      std::string version;
      auto got = get(*manager_, kManager, "Version", timeout);
      got.enterVariant("s");
      got >> version;
      reply.answer(version);
    });
  }

 private:
  std::unique_ptr<sdbus::IProxy> proxy(const char* path) {
    return sdbus::createProxy(*bus_, ServiceName{kService}, sdbus::ObjectPath{path});
  }

  static sdbus::MethodCall method(sdbus::IProxy& object, const char* interface, const char* name) {
    return object.createMethodCall(InterfaceName{interface}, MethodName{name});
  }

  static sdbus::MethodReply get(sdbus::IProxy& object, const char* interface, const char* property,
                                uint64_t timeout) {
    auto call = method(object, "org.freedesktop.DBus.Properties", "Get");
    call << interface << property;
    return object.callMethod(call, timeout);
  }

  static void answer_with_path(sdbus::IProxy& object, const sdbus::MethodCall& call, uint64_t timeout,
                               BusReply& reply) {
    sdbus::ObjectPath path;
    object.callMethod(call, timeout) >> path;
    reply.answer(path);
  }

  /// Called from within libsystemd, which is C: nothing may be thrown through it.
  template <typename Signal>
  void keep_ended_job(Signal& signal) noexcept {
    try {
      uint32_t id = 0;
      sdbus::ObjectPath job;
      std::string unit, result;
      signal >> id >> job >> unit >> result;
      ended_.emplace_back(std::move(job), std::move(result));
    } catch (const std::exception&) {
      // A signal of another shape is none of systemd's; the job's end is found by asking.
    }
  }

  void wait_readable(std::chrono::milliseconds left) {
    const auto wanted = bus_->getEventLoopPollData();
    pollfd poll_fd{wanted.fd, wanted.events, 0};
    const int bus_timeout = wanted.getPollTimeout();
    auto timeout = static_cast<int>(std::min<int64_t>(left.count(), INT32_MAX));
    if (bus_timeout >= 0) timeout = std::min(timeout, bus_timeout);
    if (poll(&poll_fd, 1, timeout) < 0 && errno != EINTR) throw sdbus::createError(errno, "poll");
  }

  std::unique_ptr<sdbus::IConnection> bus_;
  std::unique_ptr<sdbus::IProxy> manager_;
  std::vector<std::pair<std::string, std::string>> ended_;  ///< job, result
  sdbus::Slot match_;
};

BusReply open_connection(BusConnection** connection) noexcept {
  return guarded([&](BusReply&) { *connection = new SdbusConnection; });
}

}  // namespace
}  // namespace sdcont

/// Found by dlsym(3).
extern "C" __attribute__((visibility("default")))
const sdcont::BusModule sdcont_bus_module = {sdcont::kBusBorder, sdcont::open_connection};
