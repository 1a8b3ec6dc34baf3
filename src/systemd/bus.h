#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "limits/translation.h"

namespace sdcont {

/// What a call over the bus came to.
struct BusReply {
  std::string error_name;  ///< "org.freedesktop.DBus.Error.NoReply"; empty on success
  std::string error_text;  ///< the message that came with it
  std::string value;       ///< the answer, where the call has one

  [[nodiscard]] bool ok() const { return error_name.empty(); }
};

/// The error name of a call, or of a wait, that had no answer in its time.
inline constexpr const char* kBusTimeout = "org.freedesktop.DBus.Error.Timeout";

/// A connection to systemd's manager. No call throws; timeouts are in microseconds.
class BusConnection {
 public:
  virtual ~BusConnection() = default;

  /// Ends of jobs are kept from here on. Belongs before the call that makes the job, because the signal may
  /// arrive before the call's answer.
  virtual BusReply watch_jobs() = 0;
  /// Waits for the end of a job (an object path); the answer is its result: "done", "failed", ….
  virtual BusReply wait_job(const std::string& job, uint64_t timeout) = 0;

  /// In mode "fail"; the answer is the job's object path.
  virtual BusReply start_transient_unit(const std::string& unit, const std::vector<Property>& properties,
                                        const std::vector<pid_t>& pids, uint64_t timeout) = 0;
  /// In mode "replace"; the answer is the job's object path.
  virtual BusReply stop_unit(const std::string& unit, uint64_t timeout) = 0;
  virtual BusReply reset_failed_unit(const std::string& unit, uint64_t timeout) = 0;
  /// `runtime`: until the next boot, nothing is written to /etc.
  virtual BusReply set_unit_properties(const std::string& unit, bool runtime,
                                       const std::vector<Property>& properties, uint64_t timeout) = 0;
  /// Every unit's configuration is read again.
  virtual BusReply reload(uint64_t timeout) = 0;

  /// The object path of a unit that is loaded; error NoSuchUnit otherwise.
  virtual BusReply unit_path(const std::string& unit, uint64_t timeout) = 0;
  /// The object path of the unit that a process belongs to.
  virtual BusReply unit_path_of(pid_t pid, uint64_t timeout) = 0;
  /// ActiveState of the unit at an object path.
  virtual BusReply active_state(const std::string& path, uint64_t timeout) = 0;
  /// The object path of the job that waits or runs for the unit at an object path; "/" where there is none.
  virtual BusReply pending_job(const std::string& path, uint64_t timeout) = 0;
  /// The manager's property Version, "252.38-1~deb12u1".
  virtual BusReply version(uint64_t timeout) = 0;
};

/// Fills `connection` on success.
using OpenBus = std::function<BusReply(std::unique_ptr<BusConnection>& connection)>;

/// To systemd itself as root, else (and where systemd does not listen, or $DBUS_SYSTEM_BUS_ADDRESS names one)
/// to the system bus.
BusReply open_bus(std::unique_ptr<BusConnection>& connection);

}  // namespace sdcont
