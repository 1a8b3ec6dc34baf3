#include "cli/confirm.h"

#include <fmt/core.h>
#include <unistd.h>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {

bool is_confirmed(const std::string& question, const std::string& command, const std::string& flag) {
  if (isatty(STDIN_FILENO) == 0) {
    throw Error(command + " asks first, and the standard input is no terminal").remedy("use " + flag);
  }
  if (fflush(stdout) != 0) throw_errno("cannot write the output");
  fmt::print(stderr, "{} [y/N] ", question);
  fflush(stderr);
  std::string answer;
  for (char c = 0; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) answer += c;
  answer = lower(trim(answer));
  return answer == "y" || answer == "yes";
}

}  // namespace sdcont
