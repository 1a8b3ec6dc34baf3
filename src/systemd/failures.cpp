#include "systemd/failures.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "systemd/manager.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::string_view kDBus = "org.freedesktop.DBus.Error.";

/// The part of a standard error's name after its prefix; empty for others.
std::string_view standard_name(const BusReply& reply) {
  const std::string_view name = reply.error_name;
  return name.starts_with(kDBus) ? name.substr(kDBus.size()) : std::string_view();
}

template <size_t Size>
bool one_of(std::string_view word, const std::array<std::string_view, Size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_denied(const BusReply& reply) {
  static constexpr std::array<std::string_view, 3> kNames = {
      "AccessDenied", "InteractiveAuthorizationRequired", "AuthFailed"};
  return one_of(standard_name(reply), kNames);
}

std::string reason(const BusReply& reply) {
  std::string_view text = reply.error_text.empty() ? reply.error_name : reply.error_text;
  if (text.ends_with('.')) text.remove_suffix(1);
  return printable(text);
}

std::string denial_remedy() {
  if (geteuid() != 0)
    return "run as root, or be granted org.freedesktop.systemd1.manage-units by a polkit rule";
  return "a security module or the bus's policy forbids it: see the audit log and /etc/dbus-1/system.d";
}

}  // namespace

bool is_lost(const BusReply& reply) {
  // The last ones are sd-bus's own errors, for which D-Bus has no name.
  static constexpr std::array<std::string_view, 4> kNames = {"NoReply", "Timeout", "TimedOut",
                                                             "Disconnected"};
  static constexpr std::array<std::string_view, 3> kErrnoNames = {
      "System.Error.ENOTCONN", "System.Error.EPIPE", "System.Error.ESHUTDOWN"};
  return one_of(standard_name(reply), kNames) || one_of(reply.error_name, kErrnoNames);
}

bool is_transient(const BusReply& reply) {
  static constexpr std::array<std::string_view, 3> kNames = {"ServiceUnknown", "NameHasNoOwner",
                                                             "LimitsExceeded"};
  static constexpr std::array<std::string_view, 2> kErrnoNames = {"System.Error.EAGAIN",
                                                                  "System.Error.ECONNREFUSED"};
  return one_of(standard_name(reply), kNames) || standard_name(reply).starts_with("Spawn.") ||
         one_of(reply.error_name, kErrnoNames);
}

bool is_unit_exists(const BusReply& reply) {
  return reply.error_name == "org.freedesktop.systemd1.UnitExists";
}

bool is_no_such_unit(const BusReply& reply) {
  static constexpr std::array<std::string_view, 2> kNames = {"org.freedesktop.systemd1.NoSuchUnit",
                                                             "org.freedesktop.systemd1.NoUnitForPID"};
  // UnknownObject: the unit went between the question for its path and the one for its property.
  return one_of(reply.error_name, kNames) || standard_name(reply) == "UnknownObject";
}

std::string unknown_property(const BusReply& reply) {
  // bus_unit_set_properties() of systemd 209 to 258: "Cannot set property %s, or unknown property."
  constexpr std::string_view kBefore = "Cannot set property ";
  constexpr std::string_view kAfter = ", or unknown property";
  if (standard_name(reply) != "PropertyReadOnly" && standard_name(reply) != "UnknownProperty" &&
      standard_name(reply) != "InvalidArgs") {
    return {};
  }
  const std::string_view text = reply.error_text;
  const size_t begin = text.find(kBefore);
  const size_t end = text.find(kAfter);
  if (begin == text.npos || end == text.npos || end <= begin + kBefore.size()) return {};
  return std::string(text.substr(begin + kBefore.size(), end - begin - kBefore.size()));
}

void throw_bus_failure(const std::string& doing, const BusReply& reply) {
  if (const std::string property = unknown_property(reply); !property.empty()) {
    throw UnknownProperty(Failure{doing + ": this systemd does not know the property " + printable(property),
                                  0,
                                  {},
                                  kExitOwnFailure},
                          property);
  }
  if (is_denied(reply)) throw Error(doing + ": " + reason(reply)).remedy(denial_remedy());
  if (reply.error_name == "System.Error.ENXIO") {
    throw Error(doing + ": systemd expects another type for one of the properties", ENXIO);
  }
  if (standard_name(reply) == "Timeout" || standard_name(reply) == "NoReply") {
    throw Error(doing + ": systemd did not answer in time")
        .remedy("see whether PID 1 is busy: systemctl list-jobs");
  }
  if (is_transient(reply)) {
    throw Error(doing + ": systemd cannot be reached over the system bus: " + reason(reply))
        .remedy("see systemctl status dbus, or use --cgroup-manager cgroupfs");
  }
  throw Error(doing + ": systemd says: " + reason(reply));
}

void throw_connect_failure(const BusReply& reply) {
  const std::string doing = "cannot connect to the system bus";
  if (is_denied(reply)) throw Error(doing + ": " + reason(reply)).remedy("run as root");
  if (standard_name(reply) == "LimitsExceeded") {
    throw Error(doing + ": " + reason(reply))
        .remedy("too many connections: see max_connections_per_user in /etc/dbus-1/system.conf");
  }
  throw Error(doing + ": " + reason(reply))
      .remedy("start it (systemctl start dbus.socket), or use --cgroup-manager cgroupfs");
}

void throw_job_failure(const std::string& doing, const std::string& unit, const std::string& result) {
  struct Meaning {
    std::string_view result, words;
  };
  static constexpr std::array<Meaning, 11> kMeanings = {{
      {"canceled", "its job was cancelled: another job for the same unit took its place"},
      {"timeout", "its job timed out within systemd"},
      {"failed", "it failed"},
      {"dependency", "a unit that it depends on, such as its slice, could not be started"},
      {"skipped", "systemd skipped it, because it does not apply in the unit's state"},
      {"invalid", "the job does not apply to this kind of unit"},
      {"assert", "an assertion of the unit (a drop-in's Assert…=) does not hold"},
      {"unsupported", "this system does not support this kind of unit"},
      {"collected", "the unit was collected before its job ran: its processes have ended"},
      {"once", "the unit was started before and cannot be started again"},
      {"frozen", "a slice above it is frozen"},
  }};
  const auto* found =
      std::find_if(kMeanings.begin(), kMeanings.end(), [&](const auto& m) { return m.result == result; });
  const std::string words = found != kMeanings.end() ? std::string(found->words)
                                                     : "its job ended with \"" + printable(result) + '"';
  throw Error(doing + ": " + words).remedy("see journalctl -u " + unit + " and systemctl status " + unit);
}

}  // namespace sdcont
