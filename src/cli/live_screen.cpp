#include "cli/live_screen.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "util/text.h"

namespace sdcont {
namespace {

volatile std::sig_atomic_t ended = 0;
volatile std::sig_atomic_t suspended = 0;

void on_signal(int signal) {
  if (signal == SIGTSTP) {
    suspended = 1;
  } else {
    ended = 1;
  }
}

/// Whether the locale has the characters of bars.
bool is_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set counts
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = lower(value);
    return locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

timespec remaining(const timespec& due) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t left = std::max<int64_t>((due.tv_sec - now.tv_sec) * kSecond + due.tv_nsec - now.tv_nsec, 0);
  return {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

LiveScreen::LiveScreen() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaction(signal, &action, nullptr);
  const sigset_t set = watched_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);  // they come while a key is waited for, and not just before
  take();
  fmt::print("\033[2J");
}

LiveScreen::~LiveScreen() { give_back(); }

void LiveScreen::take() {
  termios mode{};
  // in the background, reading would stop us
  keys_ = tcgetpgrp(STDIN_FILENO) == getpgrp() && tcgetattr(STDIN_FILENO, &mode) == 0;
  if (keys_) {
    before_ = mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    mode.c_cc[VMIN] = 0;
    mode.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
  }
  fmt::print("\033[?25l");
}

void LiveScreen::give_back() noexcept {
  if (before_) tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
  before_.reset();
  fputs("\033[?25h", stdout);
  fflush(stdout);
}

/// Ctrl-Z: the shell has its terminal as it was, until it lets us go on.
void LiveScreen::stand_aside() {
  suspended = 0;
  give_back();
  raise(SIGSTOP);
  take();
}

bool LiveScreen::is_over() const { return ended != 0 || ferror(stdout) != 0; }

LiveView LiveScreen::view() const {
  LiveView view;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    view.width = size.ws_col;
    view.height = size.ws_row;
  }
  if (keys_ && view.height > 1) --view.height;
  view.unicode = is_unicode();
  return view;
}

void LiveScreen::draw(const std::vector<std::string>& lines) const {
  // redrawn in place: nothing is cleared that will be written again, so that nothing flickers
  std::string text = "\033[H";
  for (const std::string& line : lines) text += line + "\033[K\n";
  if (keys_) text += sort_keys_line().substr(0, view().width) + "\033[K";
  fmt::print("{}\033[J", text);
  fflush(stdout);
}

char LiveScreen::key_until(const timespec& due) {
  sigset_t none;
  sigemptyset(&none);
  while (!is_over()) {
    const timespec left = remaining(due);
    pollfd input{keys_ ? STDIN_FILENO : -1, POLLIN, 0};
    const int ready = ppoll(&input, 1, &left, &none);
    if (suspended != 0) stand_aside();
    if (ready == 0) return 0;
    char key = 0;
    if (ready > 0 && read(STDIN_FILENO, &key, 1) == 1 && key != 0) return key;
    if (ready > 0) keys_ = false;  // the terminal is gone
  }
  return 0;
}

}  // namespace sdcont
