#include "container/update.h"
#include "cli/command.h"
#include "cli/each.h"
#include "cli/host_facts.h"
#include "cli/limit_options.h"
#include "cli/run_lifecycle.h"
#include "container/await.h"
#include "container/cleanup.h"
#include "state/events.h"
#include "util/error.h"

namespace sdcont {

int update_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  LimitWords words;
  bool reclaim = false;
  bool force = false;
  std::optional<std::string> restart;
  Parser parser("sdcont update", "[OPTIONS] CONTAINER [CONTAINER...]");
  declare_limits(parser, words);
  parser.flag("--reclaim", reclaim, "free memory first where more is in use than there is to be");
  parser.flag("-f,--force", force, "set such a limit all the same: the kernel may kill");
  parser.option("--restart", restart, "POLICY",
                "no, on-failure[:N], always: whether it is run again once it ends");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont update: no CONTAINER was given").remedy("see sdcont ps -a");
  if (words.empty() && !restart)
    throw Error("sdcont update: no limit was given").remedy("see sdcont update --help");
  const auto policy = restart ? std::optional(parse_restart(*restart)) : std::nullopt;
  Store store(global.paths);
  heal(store, print_warning);
  return for_each_container(store, parsed.rest, [&](const Record& found) {
    const Record record = await_launched(found, store);
    UpdateRequest request;
    request.host = host_facts(global.paths, store.load_spec(record.id).scope.slice);
    for (const auto& [flag, text] : words) ask_limit(*flag, text, request.host, request.asked);
    request.shrink = force ? Shrink::force : reclaim ? Shrink::reclaim : Shrink::refuse;
    request.hint = print_warning;
    request.restart = policy;
    update_container(record.id, request, store);
    note_event(store.paths(), event_of(record, "update"));
  });
}

}  // namespace sdcont
