#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/error.h"
#include "util/fd.h"

namespace sdcont {

// The conversation of a launch. One socket joins client and supervisor, another supervisor and init:
//
//   client                supervisor                         init
//     │                       │  clone3                        │
//     │◀──── init_started ────│                                │  mounts, pivot_root
//     │                       │◀──────────── terminal ─────────│  (-t: the pty's other end)
//     │◀───── terminal ───────│                                │
//     │ limits hold, init is in its cgroup
//     │─────── placed ───────▶│──────────── placed ───────────▶│  (not where it was born there, or enters
//     itself) │ the record is written │                                │  cgroup namespace, user,
//     capabilities │◀────── ready ─────────│◀──────────── ready ────────────│ │───────── go
//     ─────────▶│────────────── go ─────────────▶│ │                       │◀────────── executing ──────────│
//     execve │◀────── running ───────│◀─────── end of file ───────────│  (close-on-exec) │◀─────── ended
//     ────────│  exit record is written
//
// A failure may come instead of any message and at any time; end of file before `running` means the other
// side died.
enum class Message : char {
  failure = 'f',       ///< fields: doing, errno, remedy, exit status
  init_started = 'i',  ///< fields: pid, start time; descriptor: pidfd
  terminal = 't',      ///< descriptor: the pty's master
  placed = 'p',
  ready = 'r',
  go = 'g',  ///< client to supervisor: fields as the two agree; supervisor to init: none
  executing = 'x',
  running = 'R',
  ended = 'e',  ///< fields: the exit record as JSON, then what could not be removed
};

struct Packet {
  Message type = Message::failure;
  std::vector<std::string> fields;
  Fd fd;
};

/// One end of a socket pair that keeps packets apart (SOCK_SEQPACKET), close-on-exec.
class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}
  static std::pair<Channel, Channel> make_pair();

  /// Fields may hold anything but NUL. Throws Error; EPIPE where the other side is gone.
  void send(Message type, const std::vector<std::string>& fields = {}, int fd = -1) const;
  void send(const Failure& failure) const;
  /// Blocks for a packet; nothing at end of file.
  [[nodiscard]] std::optional<Packet> receive() const;
  /// Blocks for a packet of this type; throws what a failure packet carries, or an Error where the other side
  /// is gone
  /// ("… ended before it …").
  [[nodiscard]] Packet expect(Message type, const char* other_side) const;

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  void close() noexcept { fd_.reset(); }
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  Fd fd_;
};

Failure failure_of(const Packet& packet);

}  // namespace sdcont
