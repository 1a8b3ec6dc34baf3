#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sdcont {

/// "TERM", "SIGTERM", "term", "15", "RTMIN+3" as a signal number; nothing else.
std::optional<int> parse_signal(std::string_view text);
/// "SIGTERM"; "SIGRTMIN+3"; the number where it has no name.
std::string signal_name(int signal);

}  // namespace sdcont
