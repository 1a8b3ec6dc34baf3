#include "cli/command.h"
#include "cli/each.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/remove.h"
#include "util/error.h"

namespace sdcont {

int rm_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool force = false;
  bool volumes = false;
  Parser parser("sdcont rm", "[OPTIONS] CONTAINER [CONTAINER...]");
  parser.flag("-f,--force", force, "kill those that run");
  parser.flag("-v,--volumes", volumes, "their anonymous volumes, too");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont rm: no CONTAINER was given").remedy("see sdcont ps -a");
  Store store(global.paths);
  heal(store, print_warning);
  return for_each_container(store, parsed.rest, [&](const Record& record) {
    remove_container(record, force ? RemoveMode::kill : RemoveMode::ended_only,
                     volumes ? AnonymousVolumes::remove : AnonymousVolumes::keep, store);
  });
}

}  // namespace sdcont
