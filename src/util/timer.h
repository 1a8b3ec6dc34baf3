#pragma once

#include <cstdint>

#include "util/fd.h"

namespace sdcont {

/// Tells once that a time is over: its descriptor can be read then. CLOCK_BOOTTIME: a machine that sleeps
/// goes on counting.
class Timer {
 public:
  /// Throws Error.
  Timer();

  /// From now on, instead of what was set before; UINT64_MAX: never.
  void set(uint64_t usec);
  /// Whether it has told; not again until it is set anew.
  [[nodiscard]] bool expired();
  [[nodiscard]] int get() const noexcept { return fd_.get(); }

 private:
  Fd fd_;
};

}  // namespace sdcont
