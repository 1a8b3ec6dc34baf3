#include <fmt/core.h>

#include "cli/command.h"
#include "cli/completion_scripts.h"  // made of packaging/completions/
#include "cli/parser.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

int completion_command(const GlobalOptions& /*global*/, const std::vector<std::string>& args) {
  Parser parser("sdcont completion", "bash|zsh|fish");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  const std::string shell = parsed.rest.size() == 1 ? parsed.rest[0] : "";
  if (shell == "bash") {
    fmt::print("{}", kBashCompletion);
  } else if (shell == "zsh") {
    fmt::print("{}", kZshCompletion);
  } else if (shell == "fish") {
    fmt::print("{}", kFishCompletion);
  } else {
    throw Error("sdcont completion takes the name of one shell").remedy("bash, zsh or fish");
  }
  return 0;
}

}  // namespace sdcont
