#include "container/why.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/parser.h"
#include "container/state.h"
#include "util/error.h"

namespace sdcont {

int why_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string format = "text";
  Parser parser("sdcont why", "[OPTIONS] CONTAINER");
  parser.choice("--format", format, {"text", "json"}, "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont why takes one CONTAINER").remedy("see sdcont ps -a");
  Store store(global.paths);
  const Record record = find_container(store, parsed.rest[0]);
  const Why why = tell_why(gather_why(record, store));
  if (format == "json") {
    const nlohmann::ordered_json json = {{"Name", record.name},
                                         {"ID", record.id},
                                         {"Reason", record.exit ? reason_name(record.exit->reason) : ""},
                                         {"Text", why.text},
                                         {"Evidence", why.evidence}};
    fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  fmt::print("{}\n", why.text);
  if (!why.evidence.empty()) fmt::print("\n");
  for (const std::string& line : why.evidence) fmt::print("  {}\n", line);
  return 0;
}

}  // namespace sdcont
