#pragma once

#include <string>
#include <vector>

namespace sdcont {

struct ProgramOutput {
  int status = 0;  ///< waitpid's
  std::string text;
};

/// What another program of this machine, found in $PATH, prints; its complaints go to ours, or nowhere.
/// Throws Error with the errno where it cannot be run.
enum class Complaints { shown, hidden };
ProgramOutput output_of(const std::vector<std::string>& command, Complaints complaints);

}  // namespace sdcont
