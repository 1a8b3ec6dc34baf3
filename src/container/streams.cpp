#include "container/streams.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kPipeRead = 16384;

// Ours does not block, theirs does.
void open_pipe(Fd& reading, Fd& writing, Fd& ours) {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC), "cannot make a pipe for what the container writes");
  reading.reset(ends[0]);
  writing.reset(ends[1]);
  check(fcntl(ours.get(), F_SETFL, O_NONBLOCK), "cannot use a pipe");
}

}  // namespace

Streams::Streams(const ContainerSpec& spec)
    : passthrough_(spec.logging.driver == "passthrough"),
      terminal_(spec.process.terminal),
      stdin_open_(spec.process.stdin_open),
      is_console_(spec.systemd) {}

void Streams::open() {
  if (passthrough_ || terminal_) return;
  for (size_t i = 0; i < kStreams; ++i) open_pipe(outputs_.at(i), theirs_.at(i), outputs_.at(i));
  if (stdin_open_) open_pipe(their_input_, input_, input_);
  typed_.clear();
  input_ends_ = false;
}

void Streams::adopt() const {
  if (passthrough_ || terminal_) return;
  if (their_input_) check(dup2(their_input_.get(), 0), "cannot redirect the standard input");
  for (size_t i = 0; i < kStreams; ++i)
    check(dup2(theirs_.at(i).get(), static_cast<int>(i) + 1), "cannot redirect what the container writes");
}

void Streams::close_theirs() {
  their_input_.reset();
  for (Fd& fd : theirs_) fd.reset();
}

void Streams::take_terminal(Fd master) {
  check(fcntl(master.get(), F_SETFL, O_RDWR | O_NONBLOCK), "cannot use the container's terminal");
  outputs_[0] = std::move(master);
  keep_console();
}

// A systemd closes its console between what it writes, and hangs it up: that is no end of it. As long as
// somebody has its other side open, it has none.
void Streams::keep_console() noexcept {
  if (is_console_) console_.reset(ioctl(outputs_[0].get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

void Streams::resize(const std::vector<std::string>& size) noexcept {
  if (!terminal_ || !outputs_[0] || size.size() != 2) return;
  winsize window{};
  window.ws_row = static_cast<unsigned short>(parse_unsigned(size[0]).value_or(0));
  window.ws_col = static_cast<unsigned short>(parse_unsigned(size[1]).value_or(0));
  ioctl(outputs_[0].get(), TIOCSWINSZ, &window);
}

void Streams::hang_up() noexcept {
  for (Fd& fd : outputs_) fd.reset();
  console_.reset();
  input_.reset();
}

void Streams::wait_to_read(PollSet& events, const Take& take) {
  for (size_t i = 0; i < kStreams; ++i)
    events.add(outputs_.at(i).get(), POLLIN, [this, i, &take](short) { read_piece(i, take); });
}

void Streams::wait_to_write(PollSet& events) {
  if (typed_.empty()) return;
  events.add(terminal_ ? outputs_[0].get() : input_.get(), POLLOUT, [this](short) { write_typed(); });
}

void Streams::drain(const Take& take) {
  console_.reset();
  for (size_t i = 0; i < kStreams; ++i) {
    while (outputs_.at(i) && read_piece(i, take)) {
    }
    outputs_.at(i).reset();
  }
  input_.reset();
}

// False where nothing came. The end of a terminal is EIO: nobody has its other side open any more.
bool Streams::read_piece(size_t stream, const Take& take) {
  std::array<char, kPipeRead> buffer{};
  Fd& from = outputs_.at(stream);
  const ssize_t n = read(from.get(), buffer.data(), buffer.size());
  if (n > 0) {
    take(static_cast<Stream>(stream), {buffer.data(), static_cast<size_t>(n)});
  } else if (n < 0 && errno == EIO && console_) {
    keep_console();
  } else if (n == 0 || !is_passing(errno)) {
    from.reset();
  }
  return n > 0;
}

void Streams::type(std::string_view data) {
  const Fd& to = terminal_ ? outputs_[0] : input_;
  if (!to || !stdin_open_) return;
  typed_ += data;
  write_typed();
}

void Streams::end_input() {
  input_ends_ = true;
  if (typed_.empty()) input_.reset();
}

// Where nobody reads it any more it is dropped.
void Streams::write_typed() {
  const Fd& to = terminal_ ? outputs_[0] : input_;
  const ssize_t n = to ? write(to.get(), typed_.data(), typed_.size()) : 0;
  if (n < 0 && is_passing(errno)) return;
  if (n > 0) {
    typed_.erase(0, static_cast<size_t>(n));
  } else {
    typed_.clear();
  }
  if (typed_.empty() && input_ends_) input_.reset();
}

}  // namespace sdcont
