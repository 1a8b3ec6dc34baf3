#pragma once

#include <optional>
#include <string>
#include <string_view>
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
//     │─────── placed ───────▶│──────────── placed ───────────▶│  (unless init is there already)
//     │ the record is written │                                │  cgroup namespace, user, capabilities
//     │◀────── ready ─────────│◀──────────── ready ────────────│
//     │───────── go ─────────▶│────────────── go ─────────────▶│
//     │                       │◀────────── executing ──────────│  execve
//     │◀────── running ───────│◀─────── end of file ───────────│  (close-on-exec)
//     │◀─────── ended ────────│  exit record is written
//
// A failure may come instead of any message and at any time; end of file before `running` means the other
// side died.
enum class Message : char {
  failure = 'f',       ///< fields: doing, errno, remedy, exit status
  init_started = 'i',  ///< fields: pid, start time; descriptor: pidfd
  terminal = 't',      ///< descriptor: the pty's master
  placed = 'p',        ///< supervisor to init: descriptors: as of InitTask::open_cgroups
  ready = 'r',
  go = 'g',  ///< client to supervisor: fields as the two agree; supervisor to init: none
  executing = 'x',
  running = 'R',
  ended = 'e',  ///< fields: the exit record as JSON, then what could not be removed

  // What a client and the supervisor of a container that runs say to each other. The client that launched it
  // goes on by the same socket; others come by Store::control_socket().
  attach = 'a',  ///< client: fields: "output", "input" (that, and it types), or "end" (only how it ends is
                 ///< told); supervisor: agreed
  detach = 'd',  ///< client: it leaves, and the container goes on
  output = 'o',  ///< supervisor: data that the container wrote to its standard output, or its terminal
  error_output = 'O',  ///< supervisor: the same of its standard error
  input = 'I',         ///< client: data for the standard input; none is its end
  hang_up = 'h',       ///< client that launched it: nobody reads what the container writes any more
  resize = 'z',        ///< client: fields: rows and columns of its terminal
  last_run = 'l',      ///< client: the command is not to be run again (--restart) once it ends
  stop = 's',          ///< client: fields: signal, microseconds until SIGKILL
};

struct Packet {
  Message type = Message::failure;
  std::vector<std::string> fields;
  std::string data;  ///< of output, error_output, input, in place of fields
  std::vector<Fd> descriptors;

  /// The first of them; empty where there is none.
  [[nodiscard]] Fd take_descriptor() { return descriptors.empty() ? Fd() : std::move(descriptors.front()); }
};

/// One end of a socket pair that keeps packets apart (SOCK_SEQPACKET), close-on-exec.
class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}
  static std::pair<Channel, Channel> make_pair();
  /// A socket for others to connect to, non-blocking.
  static Fd listen_at(const std::string& path);
  /// To whoever listens at a path; nothing where nobody does.
  static std::optional<Channel> connect_to(const std::string& path);

  /// Fields may hold anything but NUL. Throws Error; EPIPE where the other side is gone.
  void send(Message type, const std::vector<std::string>& fields = {},
            const std::vector<int>& descriptors = {}) const;
  void send(const Failure& failure) const;
  /// Data, or false where the other side has too much to read already; never blocks. Throws like send().
  [[nodiscard]] bool offer(Message type, std::string_view data) const;
  /// Fields as offer() wants them.
  static std::string encode(const std::vector<std::string>& fields);
  static std::vector<std::string> fields_of(const Failure& failure);
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
