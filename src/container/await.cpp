#include "container/await.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "container/cleanup.h"
#include "container/state.h"
#include "util/error.h"
#include "util/process_id.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr uint64_t kNsPerUsec = 1000;
constexpr int kLongestPollMs = 60'000;
constexpr uint64_t kLaunchUsec = 10'000'000;
constexpr uint64_t kLookUsec = 200'000;       // how often it is looked at what the record says
constexpr uint64_t kReadersUsec = 1'000'000;  // for those who read what an ended container wrote

uint64_t usec_since(uint64_t begin_ns) { return (now_boottime_ns() - begin_ns) / kNsPerUsec; }

bool is_settled(const Record& record, const Store& store) {
  const auto present = store.load(record.id);
  return !present || stands_still(*present) || present->supervisor != record.supervisor;
}

}  // namespace

bool ends_within(const Fd& process, uint64_t usec) {
  const uint64_t begin = now_boottime_ns();
  for (;;) {
    const uint64_t passed = usec_since(begin);
    const uint64_t left_ms =
        usec == kUnlimited ? kLongestPollMs : (usec - std::min(usec, passed) + 999) / 1000;
    pollfd end{process.get(), POLLIN, 0};
    if (poll(&end, 1, static_cast<int>(std::min<uint64_t>(left_ms, kLongestPollMs))) > 0) return true;
    if (left_ms == 0) return false;
  }
}

std::optional<Record> await_launch(const Record& record, Store& store) {
  if (!store.launches(record.id)) return store.load(record.id);
  const uint64_t begin = now_boottime_ns();
  for (auto pause = std::chrono::milliseconds(1); store.launches(record.id);
       pause = std::min(pause * 2, std::chrono::milliseconds(20))) {
    if (usec_since(begin) > kLaunchUsec)
      throw Error("container " + record.name + " is just being started").remedy("try again");
    std::this_thread::sleep_for(pause);
    heal_launch(record.id, store);
  }
  return store.load(record.id);
}

Held hold(const Record& record, Store& store) {
  for (;;) {
    await_launch(record, store);
    Fd lock = store.lock(record.id);
    // else another has started it meanwhile, and was killed: what it forked holds no lock of ours
    if (!store.launches(record.id)) return {std::move(lock), store.load(record.id)};
  }
}

Record await_launched(const Record& record, Store& store) {
  auto present = await_launch(record, store);
  if (!present) throw Error("container " + record.name + " is gone");
  return std::move(*present);
}

Record await_running(const Record& record, Store& store) {
  Record present = await_launched(record, store);
  require_alive(present);
  return present;
}

void await_supervisor(const Record& record, const Store& store, uint64_t usec) {
  const Fd supervisor = open_process(record.supervisor);
  if (!supervisor) return;
  for (const uint64_t begin = now_boottime_ns(); !ends_within(supervisor, kLookUsec);) {
    if (is_settled(record, store)) {
      if (ends_within(supervisor, kReadersUsec)) return;
      signal_process(supervisor, SIGTERM);  // it is done, and waits for a reader
    }
    if (usec != kUnlimited && usec_since(begin) > usec) {
      throw Error("container " + record.name + " does not end, though it was killed")
          .remedy("a process in it may wait for a device or a file server: see ps -o pid,stat,wchan " +
                  std::to_string(record.init.pid));
    }
  }
}

}  // namespace sdcont
