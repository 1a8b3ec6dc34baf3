// sdcont-image ROOT RUNTIME-DIR COMMAND [ARG...]
//
// The commands that read and write images. sdcont becomes this program for them, so that a launch loads
// neither libarchive nor libcrypto.

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "archive/interrupt.h"
#include "helper/commands.h"
#include "util/error.h"
#include "util/output.h"

namespace sdcont {
namespace {

constexpr std::array kCommands = {
    Command{"import", "", "", import_command},
    Command{"load", "", "", load_command},
    Command{"image unpack", "", "", image_unpack_command},
    Command{"commit", "", "", commit_command},
    Command{"export", "", "", export_command},
    Command{"save", "", "", save_command},
    Command{"pull", "", "", pull_command},
    Command{"push", "", "", push_command},
    Command{"system check", "", "", system_check_command},
};

void settle() {
  open_standard_files();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  watch_interrupts();
  umask(0);  // files get the modes that archives and we say
  // libarchive turns the names of files into the locale's characters: these are all of them
  setlocale(LC_CTYPE, "C.UTF-8");
  struct rlimit files {};  // a descriptor for each directory on the way down
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() < 3) throw Error("sdcont-image is called by sdcont").remedy("see sdcont --help");
  GlobalOptions global;
  global.paths = {words[0], words[1]};
  for (const Command& command : kCommands) {
    if (words[2] == command.name) return command.run(global, {words.begin() + 3, words.end()});
  }
  throw Error("sdcont-image knows no command '" + words[2] + "'").remedy("install sdcont again");
}

}  // namespace

static int run_image_command(const std::vector<std::string>& words) {
  settle();
  return run(words);
}

}  // namespace sdcont

int main(int argc, char** argv) {
  int status = sdcont::kExitOwnFailure;
  try {
    status = sdcont::run_image_command({argv + 1, argv + argc});
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
  return status;
}
