#include "process/activation.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string take(const char* name) {
  const char* const value = getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

// Systemd says whom it means by the pid; a program between it and us may not have changed that.
bool is_for_us(const std::string& pid) { return parse_signed(pid) == getpid(); }

unsigned count_descriptors(const std::string& text) {
  constexpr uint64_t kMost = 1 << 16;
  const auto count = parse_unsigned(text);
  if (!count || *count > kMost)
    throw Error("LISTEN_FDS is '" + printable(text) + "', which is no number of sockets");
  for (int fd = 3; fd < 3 + static_cast<int>(*count); ++fd) {
    if (fcntl(fd, F_GETFD) < 0)
      throw Error("LISTEN_FDS is " + text + ", but descriptor " + std::to_string(fd) + " is not open");
  }
  return static_cast<unsigned>(*count);
}

}  // namespace

Activation take_activation() {
  Activation activation;
  const std::string pid = take("LISTEN_PID");
  const std::string count = take("LISTEN_FDS");
  const std::string names = take("LISTEN_FDNAMES");
  if (!count.empty() && is_for_us(pid)) {
    activation.listen_fds = count_descriptors(count);
    activation.listen_names = names;
  }
  activation.notify_socket = take("NOTIFY_SOCKET");
  const std::string watchdog_pid = take("WATCHDOG_PID");
  const std::string watchdog = take("WATCHDOG_USEC");
  if (watchdog_pid.empty() || is_for_us(watchdog_pid)) activation.watchdog_usec = watchdog;
  return activation;
}

unsigned preserved_descriptors(const Process& process, const Activation& activation) {
  return std::max(static_cast<unsigned>(process.preserve_fds), activation.listen_fds);
}

std::vector<std::string> activation_environment(const Activation& activation,
                                                const std::string& notify_address, pid_t pid) {
  std::vector<std::string> env;
  if (activation.listen_fds > 0) {
    env.push_back("LISTEN_FDS=" + std::to_string(activation.listen_fds));
    env.push_back("LISTEN_PID=" + std::to_string(pid));
    if (!activation.listen_names.empty()) env.push_back("LISTEN_FDNAMES=" + activation.listen_names);
  }
  if (notify_address.empty()) return env;
  env.push_back("NOTIFY_SOCKET=" + notify_address);
  // without WATCHDOG_PID it is for whoever reads it
  if (!activation.watchdog_usec.empty()) env.push_back("WATCHDOG_USEC=" + activation.watchdog_usec);
  return env;
}

}  // namespace sdcont
