#include "cli/program.h"

#include <csignal>
#include <cstdio>
#include <cstring>

#include "util/error.h"
#include "util/output.h"

namespace sdcont {
namespace {

// What a caller may have set, and execve(2) keeps.
void settle_inheritance() {
  open_standard_files();
  signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write(2), not our end
  signal(SIGXFSZ, SIG_IGN);  // as is a file that may not grow (ulimit -f)
  signal(SIGCHLD, SIG_DFL);  // ignored, it would leave no child to wait for
}

}  // namespace

int run_program(int argc, char** argv, int (*run)(const std::vector<std::string>& words)) {
  int status = kExitOwnFailure;
  try {
    settle_inheritance();
    status = run({argv + 1, argv + argc});
  } catch (const Error& error) {
    write_error(std::string("sdcont: ") + error.what() + "\n");
    status = error.failure().exit_status;
  } catch (const std::exception& error) {
    write_error(std::string("sdcont: an unexpected failure: ") + error.what() + "\n");
  }
  if (fflush(stdout) != 0 && status == 0) {
    write_error(std::string("sdcont: cannot write the output: ") + strerror(errno) + "\n");
    status = kExitOwnFailure;
  }
  return status;
}

}  // namespace sdcont
