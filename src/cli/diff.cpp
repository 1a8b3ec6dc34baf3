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

std::string kind_name(const Change& change) { return {static_cast<char>(change.kind)}; }

void print_json(const Change& change) {
  const nlohmann::ordered_json object = {{"Kind", kind_name(change)}, {"Path", change.path}};
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void print_change(const Change& change) { fmt::print("{} {}\n", kind_name(change), printable(change.path)); }

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
    find_changes(overlay.layers(), format == "json" ? print_json : print_change);
  }
  return 0;
}

}  // namespace sdcont
