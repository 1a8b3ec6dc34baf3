#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "process/activation.h"
#include "spec/container_spec.h"
#include "util/fd.h"
#include "util/poll_set.h"
#include "util/process_id.h"

namespace sdcont {

/// What of a notification may leave a container: what it says of itself. Not who the main process is, nor
/// descriptors to be kept, nor who else may notify. Pure.
std::string allowed_notification(std::string_view text);

/// What a launch tells its service manager (sd_notify(3)), and what its container does.
struct NotifyTask {
  Activation activation;
  Notify by = Notify::container;
  bool detached = false;  ///< the client leaves: the supervisor is the service's main process then

  /// Someone waits to hear of the container.
  [[nodiscard]] bool is_wanted() const { return by != Notify::nobody && !activation.notify_socket.empty(); }
  /// The command gets a socket of its own to say so.
  [[nodiscard]] bool is_relayed() const { return by == Notify::container && is_wanted(); }
};

/// The supervisor's side. It speaks for the client where that stays: systemd takes the word of the service's
/// main process, and knows a process by its cgroup, which the supervisor's scope is not.
class Notifier {
 public:
  Notifier(NotifyTask task, ProcessId client) : task_(std::move(task)), client_(client) {}

  /// Where the command will find its socket, which is at `path` of the host: without a root of its own
  /// (`user` is who it runs as there) it is an abstract one. Before init is cloned.
  void open(const std::string& path, const ContainerSpec& spec);
  /// The command runs.
  void started();
  void wait_for(PollSet& events);
  /// Hands on what was sent until now.
  void drain();

  /// The value of NOTIFY_SOCKET for the command; empty where it gets none.
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void send(const std::string& text, pid_t as) const noexcept;
  [[nodiscard]] pid_t speaker() const;
  bool relay_one();

  NotifyTask task_;
  ProcessId client_;
  Fd socket_;
  std::string address_;
  std::optional<uid_t> user_;  // who else than root may say something, where anybody could reach the socket
};

}  // namespace sdcont
