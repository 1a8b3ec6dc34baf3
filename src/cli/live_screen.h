#pragma once

#include <termios.h>

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "cli/stats_view.h"

namespace sdcont {

/// Takes the whole of a terminal, and gives it back however it ends, and while we are suspended. Of it we
/// want single keys, where we are in its foreground.
class LiveScreen {
 public:
  LiveScreen();
  ~LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;

  /// A signal has come that ends us, or the terminal is gone.
  [[nodiscard]] bool is_over() const;
  /// What can be drawn now; the last line is kept for what keys there are.
  [[nodiscard]] LiveView view() const;
  void draw(const std::vector<std::string>& lines) const;
  /// The key that is hit before that time; 0 where none is, or this is over.
  char key_until(const timespec& due);

 private:
  void take();
  void give_back() noexcept;
  void stand_aside();

  std::optional<termios> before_;
  bool keys_ = false;
};

}  // namespace sdcont
