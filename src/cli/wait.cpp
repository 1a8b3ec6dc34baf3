#include <fmt/core.h>

#include "cli/command.h"
#include "cli/launching.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/stop.h"
#include "util/error.h"
#include "util/output.h"

namespace sdcont {

int wait_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  Parser parser("sdcont wait", "CONTAINER [CONTAINER...]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont wait: no CONTAINER was given").remedy("see sdcont ps");
  Store store(global.paths);
  heal(store, print_warning);
  int status = 0;
  for (const std::string& word : parsed.rest) {
    try {
      const auto exit = await_exit(store.find(word), store);
      fmt::print("{}\n", exit ? exit->status : 0);
      fflush(stdout);
    } catch (const Error& error) {  // the others are still waited for
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  return status;
}

}  // namespace sdcont
