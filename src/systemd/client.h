#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "systemd/bus.h"
#include "systemd/manager.h"

namespace sdcont {

/// systemd's manager over a bus that may lose messages and connections, as it does when systemd executes
/// itself anew. What is safe to repeat is repeated on a new connection; what is not is looked into first.
class SystemdClient final : public SystemdManager {
 public:
  /// Connects at once.
  explicit SystemdClient(OpenBus open);

  int version() override;
  void start_scope(const ScopeRequest& request) override;
  void stop_unit(const std::string& unit, std::chrono::milliseconds deadline) override;
  void reset_failed(const std::string& unit) override;
  void set_properties(const std::string& unit, const std::vector<Property>& properties, Keep keep) override;
  void reload() override;
  std::string active_state(const std::string& unit) override;

 private:
  friend class ScopeStart;
  using Clock = std::chrono::steady_clock;
  /// What a unit is and does right now.
  struct UnitState {
    bool loaded = false;
    std::string active = "inactive";
    std::string path;
    bool has_job = false;
  };

  /// Connects, trying again while that has a chance; throws where it has none.
  void connect(Clock::time_point deadline);
  /// The connection; a new one where the last attempt to connect has failed.
  BusConnection& bus(Clock::time_point deadline);
  /// Makes a call that is safe to repeat until it is answered or its time is over.
  BusReply call(Clock::time_point deadline,
                const std::function<BusReply(BusConnection&, uint64_t timeout)>& body);
  UnitState unit_state(const std::string& unit, const std::string& doing, Clock::time_point wanted);

  OpenBus open_;
  std::unique_ptr<BusConnection> bus_;
  int version_ = 0;
};

}  // namespace sdcont
