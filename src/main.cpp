#include <fmt/core.h>

#include <csignal>
#include <cstdlib>

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
  exit(status);
}
