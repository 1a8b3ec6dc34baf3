#include "util/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "util/error.h"

namespace sdcont {

Timer::Timer()
    : fd_(check(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), "cannot make a timer")) {}

void Timer::set(uint64_t usec) {
  constexpr uint64_t kSecond = 1'000'000;
  itimerspec when{};
  if (usec != UINT64_MAX) {
    when.it_value.tv_sec = static_cast<time_t>(usec / kSecond);
    when.it_value.tv_nsec = static_cast<long>(usec % kSecond * 1000);
    if (usec == 0) when.it_value.tv_nsec = 1;  // zero would disarm it
  }
  check(timerfd_settime(fd_.get(), 0, &when, nullptr), "cannot set a timer");
}

bool Timer::expired() {
  uint64_t expirations = 0;
  return read(fd_.get(), &expirations, sizeof expirations) > 0;
}

}  // namespace sdcont
