#include "container/stop.h"

#include "cli/command.h"
#include "cli/each.h"
#include "cli/launching.h"
#include "cli/parser.h"
#include "cli/stop_options.h"
#include "container/cleanup.h"
#include "container/state.h"
#include "limits/quantity.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace sdcont {

namespace {

bool is_there(Store& store, const std::string& word) {
  try {
    find_container(store, word);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void StopWords::declare(Parser& parser) {
  parser.option("-t,--time,--timeout", time, "TIME",
                "how long it may take, before SIGKILL (default: its own)");
  parser.option("-s,--signal", signal, "SIGNAL", "how it is asked to stop (default: its own)");
}

StopRequest StopWords::request() const {
  StopRequest request;
  // docker's -1: without end
  if (!time.empty()) request.grace_usec = time == "-1" ? kUnlimited : parse_duration_usec(time, "--time");
  if (!signal.empty()) {
    request.signal = parse_signal(signal);
    if (!request.signal) throw Error("--signal: '" + printable(signal) + "' is not a signal");
  }
  return request;
}

int stop_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  StopWords words;
  bool all = false;
  bool ignore = false;
  Parser parser("sdcont stop", "[OPTIONS] CONTAINER [CONTAINER...]");
  words.declare(parser);
  parser.flag("-a,--all", all, "all that run");
  parser.flag("-i,--ignore", ignore, "what is not there is stopped");
  auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty() && !all) throw Error("sdcont stop: no CONTAINER was given").remedy("see sdcont ps");
  const StopRequest request = words.request();
  Store store(global.paths);
  heal(store, print_warning);
  if (all) {
    parsed.rest.clear();
    for (const Record& record : store.list()) {
      if (!stands_still(record)) parsed.rest.push_back(record.name);
    }
  }
  if (ignore) std::erase_if(parsed.rest, [&](const std::string& word) { return !is_there(store, word); });
  return for_each_container(store, parsed.rest,
                            [&](const Record& record) { stop_container(record, request, store); });
}

}  // namespace sdcont
