#pragma once

#include <string>

namespace sdcont {

/// Asks at the terminal: "QUESTION [y/N] ". Throws Error, naming `flag`, which answers beforehand, where the
/// standard input is no terminal.
bool is_confirmed(const std::string& question, const std::string& command, const std::string& flag);

}  // namespace sdcont
