#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/parser.h"
#include "container/cleanup.h"
#include "container/layers.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

void print(const Change& change, bool json) {
  const std::string kind(1, static_cast<char>(change.kind));
  if (!json) return fmt::print("{} {}\n", kind, printable(change.path));
  const nlohmann::ordered_json object = {{"Kind", kind}, {"Path", change.path}};
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int diff_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string format = "table";
  Parser parser("sdcont diff", "[OPTIONS] CONTAINER");
  parser.choice("--format", format, {"table", "json"}, "how to print");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont diff takes one CONTAINER").remedy("see sdcont ps -a");
  Store store(global.paths);
  heal(store, print_warning);
  for (const OpenOverlay& overlay : open_overlays(store.find(parsed.rest[0]))) {
    find_changes(overlay.layers(), [&](const Change& change) { print(change, format == "json"); });
  }
  return 0;
}

}  // namespace sdcont
