#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

namespace sdcont {

/// A signal of systemd's is waited for this long before its state is asked for: what a lost signal costs.
inline constexpr uint64_t kSignalPatienceUsec = 1'000'000;

/// systemd is off the bus for a while when it executes itself anew.
inline constexpr std::chrono::seconds kAbsence{5};

/// Further tries with growing pauses, of 10 ms at first and 200 ms at most, for a while that begins with the
/// first pause; none beyond the deadline.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  Patience(Clock::time_point deadline, std::chrono::milliseconds budget)
      : deadline_(deadline), budget_(budget) {}

  /// Sleeps before the next try; false, at once, where there is to be none.
  bool pause() {
    const auto now = Clock::now();
    if (!until_) until_ = std::min(deadline_, now + budget_);
    if (now >= *until_) return false;
    std::this_thread::sleep_until(std::min(now + next_, *until_));
    next_ = std::min(next_ * 2, std::chrono::milliseconds(200));
    return true;
  }

 private:
  Clock::time_point deadline_;
  std::chrono::milliseconds budget_;
  std::optional<Clock::time_point> until_;
  std::chrono::milliseconds next_{10};
};

/// Microseconds until the deadline; at least 1.
inline uint64_t remaining_usec(Patience::Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::microseconds>(deadline - Patience::Clock::now()).count();
  return static_cast<uint64_t>(std::max<int64_t>(left, 1));
}

}  // namespace sdcont
