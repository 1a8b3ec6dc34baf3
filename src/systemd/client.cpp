#include "systemd/client.h"

#include <algorithm>

#include "systemd/failures.h"
#include "systemd/patience.h"
#include "systemd/version.h"

namespace sdcont {
namespace {

/// For a call that systemd answers at once unless it is stuck.
constexpr std::chrono::seconds kCallTime{25};
/// A last look at the state may take this long beyond a deadline.
constexpr std::chrono::seconds kLastQuestionTime{1};
/// A broker that is there answers within this time.
constexpr std::chrono::milliseconds kConnectTime{1500};

}  // namespace

SystemdClient::SystemdClient(OpenBus open) : open_(std::move(open)) { connect(Clock::now() + kCallTime); }

void SystemdClient::connect(Clock::time_point deadline) {
  bus_.reset();
  Patience patience(deadline, kConnectTime);
  for (;;) {
    const BusReply reply = open_(bus_);
    if (reply.ok()) return;
    if (!(is_lost(reply) || is_transient(reply)) || !patience.pause()) throw_connect_failure(reply);
  }
}

BusConnection& SystemdClient::bus(Clock::time_point deadline) {
  if (!bus_) connect(deadline);
  return *bus_;
}

BusReply SystemdClient::call(Clock::time_point deadline,
                             const std::function<BusReply(BusConnection&, uint64_t timeout)>& body) {
  Patience patience(deadline, kAbsence);
  for (;;) {
    BusReply reply = body(bus(deadline), remaining_usec(deadline));
    if (reply.ok() || !(is_lost(reply) || is_transient(reply)) || !patience.pause()) return reply;
    if (is_lost(reply)) connect(deadline);
  }
}

int SystemdClient::version() {
  if (version_ != 0) return version_;
  const BusReply reply = call(Clock::now() + kCallTime,
                              [](BusConnection& bus, uint64_t timeout) { return bus.version(timeout); });
  if (!reply.ok()) throw_bus_failure("cannot ask for systemd's version", reply);
  version_ = parse_systemd_version(reply.value);
  return version_;
}

void SystemdClient::stop_unit(const std::string& unit, std::chrono::milliseconds deadline) {
  const std::string doing = "cannot stop " + unit;
  const auto until = Clock::now() + deadline;
  const BusReply reply = call(until, [&](BusConnection& bus, uint64_t timeout) {
    const BusReply watched = bus.watch_jobs();
    return watched.ok() ? bus.stop_unit(unit, timeout) : watched;
  });
  if (is_no_such_unit(reply)) return;
  if (!reply.ok()) throw_bus_failure(doing, reply);

  for (;;) {
    const BusReply end =
        bus(until).wait_job(reply.value, std::min(remaining_usec(until), kSignalPatienceUsec));
    if (end.ok() && end.value == "done") return;
    if (end.ok()) throw_job_failure(doing, unit, end.value);
    if (end.error_name != kBusTimeout) {
      if (!is_lost(end)) throw_bus_failure(doing, end);
      connect(until);
    }
    const UnitState state = unit_state(unit, doing, until);
    if (!state.loaded || state.active == "inactive" || state.active == "failed") return;
    if (Clock::now() >= until) {
      throw Error(doing + ": it is still " + state.active + " after " + std::to_string(deadline.count()) +
                  " ms")
          .remedy("kill it: systemctl kill --signal=KILL " + unit);
    }
  }
}

void SystemdClient::reset_failed(const std::string& unit) {
  const BusReply reply = call(Clock::now() + kCallTime, [&](BusConnection& bus, uint64_t timeout) {
    return bus.reset_failed_unit(unit, timeout);
  });
  if (!reply.ok() && !is_no_such_unit(reply))
    throw_bus_failure("cannot reset the failed unit " + unit, reply);
}

void SystemdClient::set_properties(const std::string& unit, const std::vector<Property>& properties,
                                   Keep keep) {
  const BusReply reply = call(Clock::now() + kCallTime, [&](BusConnection& bus, uint64_t timeout) {
    return bus.set_unit_properties(unit, keep == Keep::until_boot, properties, timeout);
  });
  if (!reply.ok()) throw_bus_failure("cannot set properties of " + unit, reply);
}

void SystemdClient::reload() {
  const BusReply reply = call(Clock::now() + kCallTime,
                              [](BusConnection& bus, uint64_t timeout) { return bus.reload(timeout); });
  if (!reply.ok()) throw_bus_failure("cannot have systemd read its configuration again", reply);
}

std::string SystemdClient::active_state(const std::string& unit) {
  return unit_state(unit, "cannot ask for the state of " + unit, Clock::now() + kCallTime).active;
}

SystemdClient::UnitState SystemdClient::unit_state(const std::string& unit, const std::string& doing,
                                                   Clock::time_point wanted) {
  const auto deadline = std::max(wanted, Clock::now() + kLastQuestionTime);
  UnitState state;
  const BusReply path =
      call(deadline, [&](BusConnection& bus, uint64_t timeout) { return bus.unit_path(unit, timeout); });
  if (is_no_such_unit(path)) return state;
  if (!path.ok()) throw_bus_failure(doing, path);

  const BusReply job = call(
      deadline, [&](BusConnection& bus, uint64_t timeout) { return bus.pending_job(path.value, timeout); });
  if (is_no_such_unit(job)) return state;
  if (!job.ok()) throw_bus_failure(doing, job);

  // After the job: a unit whose job has ended in between is then seen with the state that the job gave it.
  const BusReply active = call(
      deadline, [&](BusConnection& bus, uint64_t timeout) { return bus.active_state(path.value, timeout); });
  if (is_no_such_unit(active)) return state;
  if (!active.ok()) throw_bus_failure(doing, active);
  return {.loaded = true, .active = active.value, .path = path.value, .has_job = job.value != "/"};
}

}  // namespace sdcont
