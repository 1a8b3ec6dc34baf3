#pragma once

#include <optional>
#include <vector>

#include "container/streams.h"
#include "container/supervisor.h"
#include "process/channel.h"
#include "util/process_id.h"

namespace sdcont {

/// One run of a container's command as its supervisor sees it: from the clone of init to the command's end.
class InitRun {
 public:
  /// Where init is cloned into, and what it is given.
  struct Place {
    int born_in = -1;            ///< a cgroup, or -1
    std::vector<int> entrances;  ///< Cgroup::entrances
    int storage = -1;            ///< a mount for the layers, or -1
  };

  /// Clones init; it makes its mounts then. `notify_address`: of Notifier.
  InitRun(const SupervisorTask& task, const Streams& streams, const Place& place,
          const std::string& notify_address);

  [[nodiscard]] const Fd& process() const { return process_; }
  [[nodiscard]] const ProcessId& id() const { return id_; }
  [[nodiscard]] const Channel& channel() const { return channel_; }
  /// Boot time: of the command, or where it does not run yet, of init.
  [[nodiscard]] uint64_t started_ns() const { return started_ns_; }

  /// The next message of its; throws what it failed of, or died of.
  [[nodiscard]] Packet expect_any();
  /// Lets an init that is ready execute the command, and returns once it has.
  void execute();
  /// A signal has ended it. False, too, once it was waited for.
  [[nodiscard]] bool was_killed() const noexcept;
  /// Kills it, and waits for its end.
  void kill() noexcept;

 private:
  Channel channel_;
  Fd process_;
  ProcessId id_;
  uint64_t started_ns_ = 0;
};

}  // namespace sdcont
