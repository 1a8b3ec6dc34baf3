#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "limits/translation.h"
#include "util/error.h"

namespace sdcont {

/// A scope to be started around processes that exist.
struct ScopeRequest {
  std::string unit;                  ///< "sdcont-web.scope"
  std::vector<Property> properties;  ///< without PIDs
  std::vector<pid_t> pids;
  std::chrono::milliseconds deadline{30'000};
};

/// systemd did not know a property: Error with the property's name.
class UnknownProperty : public Error {
 public:
  UnknownProperty(Failure failure, std::string property)
      : Error(std::move(failure)), property_(std::move(property)) {}
  [[nodiscard]] const std::string& property() const noexcept { return property_; }

 private:
  std::string property_;
};

/// For how long a unit has a property: also after the next boot, as a drop-in below /etc.
enum class Keep { until_boot, always };

/// What sdcont asks of systemd, as intents; no D-Bus shows through. Tests replace it.
class SystemdManager {
 public:
  virtual ~SystemdManager() = default;

  /// 252 for "252.38-1~deb12u1".
  virtual int version() = 0;
  /// StartTransientUnit in mode "fail"; returns once its job is done, throws with the reason where it failed,
  /// was late or lost. A stale failed unit of the same name is reset, and a unit that is going away is waited
  /// for; one that lives is an error ("name in use"). A lost answer, signal or connection (systemctl
  /// daemon-reexec) is made good. Whether the processes really are in the scope's cgroup is for the caller to
  /// verify.
  virtual void start_scope(const ScopeRequest& request) = 0;
  /// Stops the unit and waits for its end (at most the deadline); a unit that is not there is stopped.
  virtual void stop_unit(const std::string& unit, std::chrono::milliseconds deadline) = 0;
  virtual void reset_failed(const std::string& unit) = 0;
  /// Kept over a daemon-reload; of a unit that is not loaded as well.
  virtual void set_properties(const std::string& unit, const std::vector<Property>& properties,
                              Keep keep) = 0;
  /// systemctl daemon-reload.
  virtual void reload() = 0;
  /// "active", "failed", "inactive", …; "inactive" where there is no such unit.
  virtual std::string active_state(const std::string& unit) = 0;
};

/// True where systemd is PID 1 (sd_booted(3): /run/systemd/system is a directory, not a link).
bool systemd_booted(const std::string& run = "/run");
/// Connects to systemd. Throws Error with the remedy where it cannot be reached. For the moment of need: a
/// bus has a limit on connections, and one that is held without being read fills up with signals.
std::unique_ptr<SystemdManager> connect_systemd();

}  // namespace sdcont
