#include "util/program_output.h"

#include <fcntl.h>

#include <array>

#include "util/error.h"
#include "util/file.h"
#include "util/spawn.h"

namespace sdcont {

ProgramOutput output_of(const std::vector<std::string>& command, Complaints complaints) {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC), "cannot make a pipe");
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t pid =
      spawn(command, {.out = theirs.get(), .err = complaints == Complaints::hidden ? kNowhere : kCallers});
  theirs.reset();
  ProgramOutput output;
  constexpr size_t kMost = size_t{256} << 20;
  output.text = read_fd(ours.get(), "what " + command[0] + " prints", kMost);
  output.status = wait_for_child(pid);
  return output;
}

}  // namespace sdcont
