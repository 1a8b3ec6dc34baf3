#include "cli/confirm.h"

#include <unistd.h>

#include <array>

#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {

bool confirm(const std::string& what) {
  if (isatty(STDIN_FILENO) == 0) {
    throw Error("nobody can be asked: the standard input is no terminal")
        .remedy("--force goes on without asking");
  }
  write_error(what + " Go on? [y/N] ");
  std::array<char, 16> answer{};
  const ssize_t n = read(STDIN_FILENO, answer.data(), answer.size());
  const std::string word = lower(trim({answer.data(), static_cast<size_t>(n < 0 ? 0 : n)}));
  return word == "y" || word == "yes";
}

}  // namespace sdcont
