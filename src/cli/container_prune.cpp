#include <fcntl.h>
#include <fmt/core.h>

#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/remove.h"
#include "util/disk_use.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {

int container_prune_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool force = false;
  Parser parser("sdcont container prune", "[OPTIONS]");
  parser.flag("-f,--force", force, "do not ask");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont container prune takes no arguments");
  if (!force && !is_confirmed("Remove all containers that stand still?", "sdcont container prune", "--force"))
    return 1;
  Store store(global.paths);
  heal(store, print_warning);
  uint64_t bytes = 0;
  int status = 0;
  for (const Record& record : store.list()) {
    if (!stands_still(record)) continue;
    try {
      const uint64_t size = disk_use(AT_FDCWD, store.directory(record.id));
      remove_container(record, RemoveMode::ended_only, AnonymousVolumes::keep, store);
      bytes += size;
      fmt::print("{}\n", record.id);
    } catch (const Error& error) {  // the others are still removed
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  fmt::print("Total reclaimed space: {}\n", format_size(bytes));
  return status;
}

}  // namespace sdcont
