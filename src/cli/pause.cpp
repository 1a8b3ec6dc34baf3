#include "cli/command.h"
#include "cli/each.h"
#include "cli/parser.h"
#include "container/signal.h"
#include "util/error.h"

namespace sdcont {
namespace {

int freeze(const GlobalOptions& global, const std::vector<std::string>& args, const std::string& command,
           void (*body)(const Record&, Store&)) {
  Parser parser("sdcont " + command, "CONTAINER [CONTAINER...]");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty())
    throw Error("sdcont " + command + ": no CONTAINER was given").remedy("see sdcont ps");
  Store store(global.paths);
  return for_each_container(store, parsed.rest, [&](const Record& record) { body(record, store); });
}

}  // namespace

int pause_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  return freeze(global, args, "pause", pause_container);
}

int unpause_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  return freeze(global, args, "unpause", unpause_container);
}

}  // namespace sdcont
