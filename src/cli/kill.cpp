#include "cli/command.h"
#include "cli/each.h"
#include "cli/parser.h"
#include "container/signal.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {

int kill_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string name = "KILL";
  Parser parser("sdcont kill", "[OPTIONS] CONTAINER [CONTAINER...]");
  parser.option("-s,--signal", name, "SIGNAL", "a name or a number (default: KILL)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont kill: no CONTAINER was given").remedy("see sdcont ps");
  const auto signal = parse_signal(name);
  if (!signal) {
    throw Error("--signal: '" + printable(name) + "' is not a signal")
        .remedy("TERM, SIGTERM, 15 or RTMIN+3 are");
  }
  Store store(global.paths);
  return for_each_container(store, parsed.rest,
                            [&](const Record& record) { kill_container(record, *signal, store); });
}

}  // namespace sdcont
