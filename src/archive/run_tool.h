#pragma once

#include <string>
#include <vector>

namespace sdcont {

struct ToolResult {
  int status = 0;      ///< as a shell has it
  std::string output;  ///< the standard output, where it was not shown
  std::string errors;  ///< the standard error: its last part
};

enum class ToolOutput {
  kept,
  shown,  ///< on our standard error
};

/// Runs another program, found in PATH, to its end; it ends with us. Throws Error where it cannot be run, and
/// where we were interrupted meanwhile.
ToolResult run_tool(const std::vector<std::string>& words, ToolOutput output);

}  // namespace sdcont
