#include "util/signals.h"

#include <csignal>
#include <cstring>

#include "util/text.h"

namespace sdcont {

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_unsigned(text)) {
    if (*number >= 1 && *number < static_cast<uint64_t>(NSIG)) return static_cast<int>(*number);
    return std::nullopt;
  }
  std::string name = lower(text);
  if (name.starts_with("sig")) name.erase(0, 3);
  if (name == "rtmin") return SIGRTMIN;
  if (name == "rtmax") return SIGRTMAX;
  if (name.starts_with("rtmin+") || name.starts_with("rtmax-")) {
    const auto offset = parse_unsigned(std::string_view(name).substr(6));
    if (!offset || *offset > static_cast<uint64_t>(SIGRTMAX - SIGRTMIN)) return std::nullopt;
    const int distance = static_cast<int>(*offset);
    return name[5] == '+' ? SIGRTMIN + distance : SIGRTMAX - distance;
  }
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* known = sigabbrev_np(signal);
    if (known != nullptr && lower(known) == name) return signal;
  }
  return std::nullopt;
}

std::string signal_name(int signal) {
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    return signal == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
  }
  const char* known = sigabbrev_np(signal);
  return known == nullptr ? std::to_string(signal) : std::string("SIG") + known;
}

}  // namespace sdcont
