#include "container/stop.h"

#include <poll.h>

#include <csignal>

#include "cgroup/freezer.h"
#include "container/attach.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "process/channel.h"
#include "util/error.h"
#include "util/time.h"

namespace sdcont {
namespace {

// Its supervisor was killed: nobody else does this.
void stop_alone(const Record& record, int signal, uint64_t grace_usec, Store& store) {
  const Fd init = open_process(record.init);
  signal_process(init, signal);
  if (record.cgroup && is_frozen(*record.cgroup)) freeze_cgroup(*record.cgroup, false);
  if (init && !ends_within(init, grace_usec)) {
    if (record.cgroup) kill_cgroup(*record.cgroup);
    signal_process(init, SIGKILL);
    ends_within(init, kUnlimited);
  }
  heal_container(record.id, store);
}

}  // namespace

void stop_container(const Record& found, const StopRequest& request, Store& store) {
  const auto record = await_launch(found, store);
  if (!record) return;  // it was one with --rm, or its launch failed
  if (stands_still(*record)) return await_supervisor(*record, store);
  const Stop stop = store.load_spec(record->id).stop;
  const int signal = request.signal.value_or(stop.signal);
  const uint64_t grace = request.grace_usec.value_or(stop.grace_usec);
  if (!is_running(record->supervisor)) return stop_alone(*record, signal, grace, store);
  // without a channel it ends just now
  if (const auto channel = Channel::connect_to(store.socket(record->id)))
    tell_supervisor(*channel, Message::stop, {std::to_string(signal), std::to_string(grace)});
  await_supervisor(*record, store, kUnlimited);
  const auto left = store.load(record->id);
  const bool was_killed = left && !stands_still(*left) && left->supervisor == record->supervisor;
  if (was_killed) stop_alone(*left, signal, grace, store);
}

void forbid_restart(const Record& record, const Store& store) {
  if (!is_running(record.supervisor)) return;
  const auto channel = Channel::connect_to(store.socket(record.id));
  if (!channel) return;  // it ends just now
  tell_supervisor(*channel, Message::last_run);
  constexpr int kPatienceMs = 5000;  // it may be at work on the next run
  pollfd answer{channel->get(), POLLIN, 0};
  if (poll(&answer, 1, kPatienceMs) > 0) static_cast<void>(channel->receive());
}

namespace {

// Nothing where its supervisor does not tell: it has ended before, or was killed.
std::optional<ExitRecord> hear_exit(const Record& record, const Store& store) {
  const auto channel = Channel::connect_to(store.socket(record.id));
  if (!channel) return std::nullopt;
  tell_supervisor(*channel, Message::attach, {"end"});
  while (const auto packet = channel->receive()) {
    if (packet->type == Message::ended) return exit_from_json(packet->fields.at(0));
    if (packet->type == Message::failure) throw Error(failure_of(*packet));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ExitRecord> await_exit(const Record& found, Store& store) {
  for (;;) {
    const auto record = await_launch(found, store);
    if (record && record->status == Status::created) return std::nullopt;
    if (record && record->exit && stands_still(*record)) return record->exit;
    if (!record || stands_still(*record))
      throw Error("container " + found.name + " is gone, and nobody saw how it ended");
    if (auto exit = hear_exit(*record, store)) return exit;
    if (const Fd init = open_process(record->init)) ends_within(init, kUnlimited);
    await_supervisor(*record, store, kUnlimited);
    heal_container(record->id, store);  // it may have been started again by now, and is waited for then
  }
}

}  // namespace sdcont
