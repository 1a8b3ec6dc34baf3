#include "util/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "util/error.h"

namespace sdcont {
namespace {

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void give(int standard, int file) {
    if (file == kNowhere) posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0);
    if (file >= 0) posix_spawn_file_actions_adddup2(&actions_, file, standard);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

pid_t spawn(const std::vector<std::string>& command, const StandardFiles& files, Environment environment) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  FileActions actions;
  actions.give(STDIN_FILENO, files.in);
  actions.give(STDOUT_FILENO, files.out);
  actions.give(STDERR_FILENO, files.err);
  std::array<char*, 1> none = {nullptr};
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv.at(0), actions.get(), nullptr, argv.data(),
                                 environment == Environment::empty ? none.data() : environ);
  if (error != 0) throw Error("cannot run " + command[0], error);
  return pid;
}

int wait_for_child(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("cannot wait for a program");
  }
  return status;
}

}  // namespace sdcont
