#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// One line that a user could type, for --help and the manual.
struct Example {
  const char* command;  ///< "run", "image inspect"
  const char* tells;    ///< what it is good for, in a few words
  const char* line;
};

/// Of a command with its program's name: "sdcont run".
std::vector<Example> examples_of(const std::string& command);
/// As --help shows them; empty where there are none.
std::string examples_text(const std::string& command);

}  // namespace sdcont
