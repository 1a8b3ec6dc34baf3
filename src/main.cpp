#include <fmt/core.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/command.h"
#include "util/error.h"

int main(int argc, char** argv) {
  int status = sdcont::kExitOwnFailure;
  try {
    signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write(2), not our end
    status = sdcont::run_cli({argv + 1, argv + argc});
  } catch (const sdcont::Error& error) {
    fmt::print(stderr, "sdcont: {}\n", error.what());
    status = error.failure().exit_status;
  } catch (const std::exception& error) {
    fmt::print(stderr, "sdcont: an unexpected failure: {}\n", error.what());
  }
  if (fflush(stdout) != 0 && status == 0) {
    fmt::print(stderr, "sdcont: cannot write the output: {}\n", strerror(errno));
    status = sdcont::kExitOwnFailure;
  }
  exit(status);
}
