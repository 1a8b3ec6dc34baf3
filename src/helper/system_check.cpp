#include "archive/check.h"

#include <fmt/core.h>

#include "cli/image_use.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "util/error.h"

namespace sdcont {

int system_check_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  CheckOptions options;
  bool quiet = false;
  Parser parser("sdcont system check", "[OPTIONS]");
  parser.flag("-r,--repair", options.repair, "unpack again what was changed on disk");
  parser.flag("-q,--quiet", quiet, "no word where all is well");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont system check takes no arguments");
  const ImageStore store(global.paths.root);
  for (const Record& record : Store(global.paths).list()) {
    options.used.insert(options.used.end(), record.root.layers.begin(), record.root.layers.end());
  }
  options.found = [](const std::string& text) { fmt::print("{}\n", text); };
  options.repaired = [](const std::string& text) { fmt::print("repaired: {}\n", text); };
  const bool sound = check_images(store, options);
  collect_images(store, global.paths);
  if (sound && !quiet) fmt::print("all images are whole\n");
  return sound ? 0 : 1;
}

}  // namespace sdcont
