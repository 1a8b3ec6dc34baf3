#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cli/command.h"
#include "util/error.h"
#include "util/output.h"

namespace {

// What a caller may have set, and execve(2) keeps.
void settle_inheritance() {
  sdcont::open_standard_files();
  signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write(2), not our end
  signal(SIGXFSZ, SIG_IGN);  // as is a file that may not grow (ulimit -f)
  signal(SIGCHLD, SIG_DFL);  // ignored, it would leave no child to wait for
}

}  // namespace

int main(int argc, char** argv) {
  int status = sdcont::kExitOwnFailure;
  try {
    settle_inheritance();
    status = sdcont::run_cli({argv + 1, argv + argc});
  } catch (const sdcont::Error& error) {
    sdcont::write_error(std::string("sdcont: ") + error.what() + "\n");
    status = error.failure().exit_status;
  } catch (const std::exception& error) {
    sdcont::write_error(std::string("sdcont: an unexpected failure: ") + error.what() + "\n");
  }
  if (fflush(stdout) != 0 && status == 0) {
    sdcont::write_error(std::string("sdcont: cannot write the output: ") + strerror(errno) + "\n");
    status = sdcont::kExitOwnFailure;
  }
  exit(status);
}
