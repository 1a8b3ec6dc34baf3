#include "cli/command.h"
#include "cli/each.h"
#include "cli/launching.h"
#include "cli/parser.h"
#include "cli/stop_options.h"
#include "container/attach.h"
#include "container/cleanup.h"
#include "util/error.h"

namespace sdcont {

int restart_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  StopWords words;
  Parser parser("sdcont restart", "[OPTIONS] CONTAINER [CONTAINER...]");
  words.declare(parser);
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont restart: no CONTAINER was given").remedy("see sdcont ps -a");
  const StopRequest request = words.request();
  require_root("restart");
  close_callers_descriptors();
  Store store(global.paths);
  const LaunchOptions launch_options = make_launch_options(false);
  heal(store, print_warning);
  return for_each_container(store, parsed.rest, [&](const Record& record) {
    if (record.remove && !stands_still(record)) {
      throw Error("container " + record.name + " is removed when it ends (--rm): it cannot be started again");
    }
    stop_container(record, request, store);
    const auto container = start(record, store, launch_options);
    if (container) tell_supervisor(container->supervisor, Message::detach);
  });
}

}  // namespace sdcont
