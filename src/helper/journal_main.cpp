// sdcont-journal ROOT RUNTIME-DIR logs [ARG...]
//
// `sdcont logs` of a container that writes to the journal. sdcont becomes this program for it: the journal is
// read by libsystemd, and a launch loads no library.

#include "cli/logs.h"
#include "cli/program.h"
#include "journal/reader.h"
#include "util/error.h"

namespace sdcont {

static int run_journal_command(const std::vector<std::string>& words) {
  if (words.size() < 3 || words[2] != "logs")
    throw Error("sdcont-journal is called by sdcont").remedy("see sdcont logs --help");
  GlobalOptions global;
  global.paths = {words[0], words[1]};
  return show_logs(global, {words.begin() + 3, words.end()},
                   [](const LogIdentity& identity, uint64_t since_ns) {
                     return std::make_unique<JournalReader>(identity, since_ns);
                   });
}

}  // namespace sdcont

int main(int argc, char** argv) { return sdcont::run_program(argc, argv, sdcont::run_journal_command); }
