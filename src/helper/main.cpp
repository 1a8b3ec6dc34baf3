// sdcont-image ROOT RUNTIME-DIR COMMAND [ARG...]
//
// The commands that read and write images. sdcont becomes this program for them, so that a launch loads
// neither libarchive nor libcrypto.

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <clocale>

#include "archive/interrupt.h"
#include "cli/program.h"
#include "helper/commands.h"
#include "util/error.h"

namespace sdcont {
namespace {

constexpr std::array kCommands = {
    Command{"import", "", "", import_command},
    Command{"load", "", "", load_command},
    Command{"image unpack", "", "", image_unpack_command},
    Command{"commit", "", "", commit_command},
    Command{"export", "", "", export_command},
    Command{"cp", "", "", cp_archive_command},
    Command{"save", "", "", save_command},
    Command{"pull", "", "", pull_command},
    Command{"push", "", "", push_command},
    Command{"system check", "", "", system_check_command},
};

void settle() {
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

int main(int argc, char** argv) { return sdcont::run_program(argc, argv, sdcont::run_image_command); }
