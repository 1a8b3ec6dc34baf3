#include "process/terminal_relay.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr size_t kChunk = 16384;

}  // namespace

TerminalRelay::TerminalRelay(Fd master, Options options)
    : options_(std::move(options)), master_(std::move(master)), keys_(options_.detach_keys) {
  if (!master_) return;
  check(fcntl(master_.get(), F_SETFL, O_RDWR | O_NONBLOCK), "cannot use the container's terminal");
  output_ = nonblocking_output(options_.output);
  if (options_.typing) raw_.emplace(options_.input);
}

TerminalRelay::Events TerminalRelay::wanted() const {
  const auto wanted = static_cast<short>((shown_.empty() ? POLLIN : 0) | (typed_.empty() ? 0 : POLLOUT));
  const bool typing = options_.typing && master_ && typed_.empty();
  return {{{wanted == 0 ? -1 : master_.get(), wanted, 0},
           {typing ? options_.input : -1, POLLIN, 0},
           {shown_.empty() ? -1 : output_.get(), POLLOUT, 0}}};
}

void TerminalRelay::handle(const Events& events) {
  if (events[kInput].revents != 0) read_input();
  const int terminal = events[kTerminal].revents;
  if ((terminal & POLLOUT) != 0) type_input();
  if ((terminal & (POLLHUP | POLLERR)) != 0) typed_.clear();  // nobody reads it
  if ((terminal & ~POLLOUT) != 0 && shown_.empty()) read_terminal();
  if (events[kOutput].revents != 0) show_output();
}

void TerminalRelay::abandon() noexcept {
  shown_.clear();
  typed_.clear();
  master_.reset();
}

void TerminalRelay::read_input() {
  std::array<char, kChunk> buffer{};
  const ssize_t n = read(options_.input, buffer.data(), buffer.size());
  if (n > 0) typed_ = keys_.filter({buffer.data(), static_cast<size_t>(n)});
  if (n == 0 || (n < 0 && !is_passing(errno))) options_.typing = false;
}

void TerminalRelay::type_input() {
  const ssize_t n = write(master_.get(), typed_.data(), typed_.size());
  if (n > 0) typed_.erase(0, static_cast<size_t>(n));
  if (n < 0 && !is_passing(errno)) typed_.clear();
}

// Its end is EIO: nobody has its other side open any more.
void TerminalRelay::read_terminal() {
  std::array<char, kChunk> buffer{};
  const ssize_t n = read(master_.get(), buffer.data(), buffer.size());
  if (n > 0) {
    shown_.assign(buffer.data(), static_cast<size_t>(n));
  } else if (n == 0 || !is_passing(errno)) {
    master_.reset();
    typed_.clear();
  }
}

// Where it cannot be shown the terminal is gone for the container, too, as when a window is closed.
void TerminalRelay::show_output() {
  const ssize_t n = write(output_.get(), shown_.data(), shown_.size());
  if (n > 0) shown_.erase(0, static_cast<size_t>(n));
  if (n >= 0 || is_passing(errno)) return;
  options_.warn(std::string("cannot write the output: ") + strerror(errno) +
                "; the container's terminal is closed");
  abandon();
}

}  // namespace sdcont
