#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "container/streams.h"
#include "log/writer.h"
#include "process/channel.h"
#include "util/fd.h"
#include "util/poll_set.h"

namespace sdcont {

/// Stands between a container's streams, its log, and those who follow it: the client that launched it, and
/// whoever comes later by its socket. Reads no more of what the container writes than all of them take: the
/// container waits then, in its own pipe.
class Hub {
 public:
  /// What followers ask of the supervisor.
  struct Requests {
    std::function<void(int signal, uint64_t grace_usec)> stop;
    std::function<void()> last_run;
  };

  Hub(Streams& streams, bool stdin_once, Requests requests)
      : streams_(streams), stdin_once_(stdin_once), requests_(std::move(requests)) {}

  void log_to(std::unique_ptr<LogWriter> log) { log_ = std::move(log); }
  /// Others come by this socket from now on.
  void listen(Fd socket) { listener_ = std::move(socket); }
  /// The client that launched the container follows it from the start. `gone` is called when it does no more,
  /// but not where it has detached by itself.
  void follow(Channel client, std::function<void()> gone);

  void wait_for(PollSet& events);
  /// The container's processes have ended: takes what they have written.
  void drain();
  /// Nothing more comes. Tells all who follow, and waits until they have read everything, or until `stop` is
  /// readable.
  void end(Message message, const std::vector<std::string>& fields, const Fd& stop) noexcept;

 private:
  struct Follower {
    Channel channel;
    std::function<void()> gone;
    bool reads = false;  ///< it wants what the container writes
    bool types = false;  ///< it has the container's standard input
    std::deque<std::pair<Message, std::string>> owed = {};
  };

  bool accept_follower();
  void hear(Follower& follower);
  void answer(Follower& follower, const Packet& packet);
  void attach(Follower& follower, const Packet& packet);
  void take(Stream stream, std::string_view data);
  static void pay(Follower& follower);
  [[nodiscard]] bool has_room() const;
  void forget_gone();
  bool settle(const Fd& stop);

  Streams& streams_;
  bool stdin_once_;
  Requests requests_;
  std::unique_ptr<LogWriter> log_;
  Fd listener_;
  std::list<Follower> followers_;
  Streams::Take take_ = [this](Stream stream, std::string_view data) { take(stream, data); };
};

}  // namespace sdcont
