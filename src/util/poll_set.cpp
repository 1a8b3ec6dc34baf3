#include "util/poll_set.h"

#include "util/error.h"

namespace sdcont {

void PollSet::wait(int timeout_ms) {
  while (poll(polled_.data(), polled_.size(), timeout_ms) < 0) {
    if (errno != EINTR) throw_errno("cannot wait for events");
  }
  for (size_t i = 0; i < polled_.size(); ++i) {
    if (polled_[i].revents != 0) handlers_[i](polled_[i].revents);
  }
}

}  // namespace sdcont
