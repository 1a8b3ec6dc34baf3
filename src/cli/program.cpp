#include "cli/program.h"

#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "util/error.h"
#include "util/file.h"
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

/// A script of a container's (#!/proc/self/exe) that took the command's place just before it was executed
/// makes us run inside, where others could get hold of our file by /proc/PID/exe and write to it once we have
/// ended (CVE-2019-5736). There our own path leads to another file, or to none.
void refuse_foreign_root() {
  struct stat running {
  }, found{};
  if (stat("/proc/self/exe", &running) != 0 || running.st_nlink == 0)
    return;  // whose file is gone loses nothing
  if (stat(read_link("/proc/self/exe").c_str(), &found) == 0 && running.st_dev == found.st_dev &&
      running.st_ino == found.st_ino)
    return;
  throw Error("this program is no file of the root that it was started in").status(kExitNotExecutable);
}

}  // namespace

int run_program(int argc, char** argv, int (*run)(const std::vector<std::string>& words)) {
  int status = kExitOwnFailure;
  try {
    settle_inheritance();
    refuse_foreign_root();
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
