#include <algorithm>
#include <string>

#include "systemd/client.h"
#include "systemd/failures.h"
#include "systemd/patience.h"

namespace sdcont {
namespace {

/// How long a unit of the same name may take to go away.
constexpr std::chrono::seconds kVanishTime{5};
/// How long one may be active whose last process has ended: systemd hears of that some milliseconds later.
constexpr std::chrono::seconds kLeaveTime{1};
/// How often the state is asked for where the job is not known.
constexpr uint64_t kPollUsec = 20'000;

}  // namespace

/// One start of a scope, with what can happen on the way to "done".
class ScopeStart {
 public:
  ScopeStart(SystemdClient& client, const ScopeRequest& request)
      : client_(client),
        request_(request),
        doing_("cannot start " + request.unit),
        deadline_(Clock::now() + request.deadline),
        vanishing_(deadline_, kVanishTime),
        leaving_(deadline_, kLeaveTime) {}

  void run() {
    Patience patience(deadline_, kAbsence);
    for (;;) {
      const BusReply reply = ask();
      if (reply.ok()) return await_job(reply.value);
      if (!(is_unit_exists(reply) || is_lost(reply) || is_transient(reply))) throw_bus_failure(doing_, reply);
      if (!is_unit_exists(reply) && !patience.pause()) throw_bus_failure(doing_, reply);
      if (is_lost(reply)) {
        answer_lost_ = true;
        client_.connect(deadline_);
      }
      if (!is_transient(reply) && has_started()) return;
    }
  }

 private:
  using Clock = Patience::Clock;
  using UnitState = SystemdClient::UnitState;

  BusReply ask() {
    BusConnection& bus = client_.bus(deadline_);
    const BusReply watched = bus.watch_jobs();
    if (!watched.ok()) return watched;
    return bus.start_transient_unit(request_.unit, request_.properties, request_.pids,
                                    remaining_usec(deadline_));
  }

  /// With the name taken, or perhaps taken by a call of ours whose answer was lost: true where the scope is
  /// ours and runs; false where the call can be made (again).
  bool has_started() {
    for (;;) {
      const UnitState state = look();
      if (!state.loaded) return false;
      if (answer_lost_ && is_ours(state)) {
        await_job({});
        return true;
      }
      if (state.active == "failed") {
        reset_once();
        return false;
      }
      if (state.active == "active" && leaving_.pause()) continue;
      if (state.active != "inactive" && state.active != "deactivating") {
        throw Error(doing_ + ": the unit is in use (" + state.active + ")")
            .remedy("choose another name, or see systemctl status " + request_.unit);
      }
      if (!vanishing_.pause()) {
        throw Error(doing_ + ": a unit of this name is " + state.active + " and does not go away")
            .remedy("choose another name, or see systemctl status " + request_.unit);
      }
      if (state.active == "inactive" && !state.has_job) return false;
    }
  }

  UnitState look() { return client_.unit_state(request_.unit, doing_, deadline_); }

  bool is_ours(const UnitState& state) {
    return std::any_of(request_.pids.begin(), request_.pids.end(), [&](pid_t pid) {
      const BusReply owner = client_.call(
          deadline_, [&](BusConnection& bus, uint64_t timeout) { return bus.unit_path_of(pid, timeout); });
      return owner.ok() && state.path == owner.value;
    });
  }

  void reset_once() {
    if (was_reset_) {
      throw Error(doing_ + ": a failed unit of this name does not go away")
          .remedy("systemctl reset-failed " + request_.unit);
    }
    was_reset_ = true;
    client_.reset_failed(request_.unit);
  }

  /// Returns once the scope runs. Where the job is not known (its answer was lost), or its signal does not
  /// come, the unit's state tells.
  void await_job(const std::string& job) {
    for (;;) {
      const uint64_t patience = job.empty() ? kPollUsec : kSignalPatienceUsec;
      if (ended_well(job, std::min(remaining_usec(deadline_), patience))) return;
      const UnitState state = look_or_give_up(job);
      if (!state.has_job) {
        // A broker keeps the order of one sender's messages: a signal, if any, came before this answer.
        if (ended_well(job, 0) || state.active == "active") return;
        throw Error(doing_ + ": it was " + state.active + " as soon as it had started")
            .remedy("see journalctl -u " + request_.unit);
      }
      if (Clock::now() >= deadline_) give_up(job);
    }
  }

  UnitState look_or_give_up(const std::string& job) {
    try {
      return look();
    } catch (const Error&) {
      if (Clock::now() >= deadline_) give_up(job);
      throw;
    }
  }

  /// Waits for the job's end; true where it was "done", false where it has not been signalled.
  bool ended_well(const std::string& job, uint64_t timeout) {
    const BusReply end = client_.bus(deadline_).wait_job(job, timeout);
    if (end.ok() && end.value == "done") return true;
    if (end.ok()) throw_job_failure(doing_, request_.unit, end.value);
    if (end.error_name == kBusTimeout) return false;
    if (!is_lost(end)) throw_bus_failure(doing_, end);
    client_.connect(deadline_);
    client_.bus_->watch_jobs();  // without it the state is still asked for
    return false;
  }

  [[noreturn]] void give_up(const std::string& job) {
    // The job would otherwise run later, on a process that may be another by then. No answer changes
    // anything.
    if (!job.empty() && client_.bus_) client_.bus_->stop_unit(request_.unit, kSignalPatienceUsec);
    const std::string time = std::to_string(request_.deadline.count()) + " ms";
    throw Error(doing_ + ": systemd has not done it within " + time)
        .remedy("see whether PID 1 is busy: systemctl list-jobs");
  }

  SystemdClient& client_;
  const ScopeRequest& request_;
  const std::string doing_;
  const Clock::time_point deadline_;
  Patience vanishing_, leaving_;
  bool answer_lost_ = false;
  bool was_reset_ = false;
};

void SystemdClient::start_scope(const ScopeRequest& request) { ScopeStart(*this, request).run(); }

}  // namespace sdcont
