#pragma once

#include <optional>

#include "state/store.h"
#include "util/fd.h"

namespace sdcont {

/// Until a process has ended; false where it has not by then.
bool ends_within(const Fd& process, uint64_t usec);

/// Waits while another command launches the container. Its record as it is then; nothing where the launch
/// failed and the container is gone. Throws Error where that takes ten seconds.
std::optional<Record> await_launch(const Record& record, Store& store);

/// The same, of one that has to be there: throws Error where it is gone.
Record await_launched(const Record& record, Store& store);

/// The same, of one that has to run: throws Error, in docker's words, where it does not.
Record await_running(const Record& record, Store& store);

/// A container that nobody launches, nor changes in another way, while `lock` is held; both are empty where
/// it is gone.
struct Held {
  Fd lock;
  std::optional<Record> record;
};
/// Waits as await_launch() does.
Held hold(const Record& record, Store& store);

/// Waits for the supervisor of a container that has ended or is about to, which is the last to write its
/// record. It is not kept for long by who does not read what the container wrote. Throws Error where the
/// container has not ended within `usec`.
void await_supervisor(const Record& record, const Store& store, uint64_t usec = 10'000'000);

}  // namespace sdcont
