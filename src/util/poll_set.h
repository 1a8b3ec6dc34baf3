#pragma once

#include <poll.h>

#include <functional>
#include <vector>

namespace sdcont {

/// What is waited for, and what is then done: made anew for each wait.
class PollSet {
 public:
  using Handler = std::function<void(short events)>;

  /// A descriptor of -1 is left out.
  void add(int fd, short events, Handler handler) {
    if (fd < 0) return;
    polled_.push_back({fd, events, 0});
    handlers_.push_back(std::move(handler));
  }
  /// Waits, and calls the handlers of what has happened in the order in which they were added. Throws Error.
  void wait(int timeout_ms = -1);

 private:
  std::vector<pollfd> polled_;
  std::vector<Handler> handlers_;
};

}  // namespace sdcont
