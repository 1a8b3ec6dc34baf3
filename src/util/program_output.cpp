#include "util/program_output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>

#include "util/error.h"
#include "util/file.h"

namespace sdcont {

ProgramOutput output_of(const std::vector<std::string>& command, Complaints complaints) {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC), "cannot make a pipe");
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
  if (complaints == Complaints::hidden)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error("cannot run " + command[0], error);
  theirs.reset();
  ProgramOutput output;
  constexpr size_t kMost = size_t{256} << 20;
  output.text = read_fd(ours.get(), "what " + command[0] + " prints", kMost);
  check(waitpid(pid, &output.status, 0), "cannot wait for a program");
  return output;
}

}  // namespace sdcont
