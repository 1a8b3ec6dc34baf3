#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"
#include "spec/container_spec.h"
#include "util/fd.h"
#include "util/poll_set.h"

namespace sdcont {

/// A container's standard input, output and error on its supervisor's side: pipes, the master of its
/// terminal, or nothing where the launcher's own descriptors are the container's (passthrough).
class Streams {
 public:
  using Take = std::function<void(Stream stream, std::string_view data)>;

  explicit Streams(const ContainerSpec& spec);

  /// Pipes for an init that is about to be cloned.
  void open();
  /// In the clone: its ends become the descriptors 0 to 2.
  void adopt() const;
  /// In the supervisor, once it is cloned: whoever reads the container's ends sees them close.
  void close_theirs();
  /// The master of the container's terminal.
  void take_terminal(Fd master);
  /// `size`: rows and columns, as in Message::resize.
  void resize(const std::vector<std::string>& size) noexcept;

  /// Closes our side, as a window is closed: whoever writes is told by SIGPIPE, or SIGHUP on a terminal.
  void hang_up() noexcept;

  [[nodiscard]] bool is_passthrough() const { return passthrough_; }
  /// Adds what the container may write to.
  void wait_to_read(PollSet& events, const Take& take);
  /// Adds the standard input while something is left to be written to it.
  void wait_to_write(PollSet& events);
  /// Reads what there is without waiting, and closes all.
  void drain(const Take& take);

  /// For the standard input; without one it is dropped.
  void type(std::string_view data);
  /// So much was typed already that no more should be.
  [[nodiscard]] bool is_full() const { return !typed_.empty(); }
  /// The end of the standard input comes once all is written.
  void end_input();

 private:
  bool read_piece(size_t stream, const Take& take);
  void write_typed();
  void keep_console() noexcept;

  bool passthrough_, terminal_, stdin_open_, is_console_;
  Fd console_;  // the other side of a systemd's console
  Fd their_input_;
  std::array<Fd, kStreams> theirs_;
  Fd input_;                          // a pipe; with a terminal it is outputs_[0]
  std::array<Fd, kStreams> outputs_;  // standard output or the terminal, standard error
  std::string typed_;
  bool input_ends_ = false;
};

}  // namespace sdcont
