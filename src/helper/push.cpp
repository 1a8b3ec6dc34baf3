#include <fmt/core.h>

#include "archive/registry.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/registry_options.h"
#include "util/error.h"

namespace sdcont {

int push_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  RegistryWords words;
  Parser parser("sdcont push", "[OPTIONS] IMAGE [NAME[:TAG]]");
  words.declare(parser);
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty() || parsed.rest.size() > 2) throw Error("sdcont push takes an IMAGE, and where to");
  const ImageStore store(global.paths.root);
  const Image image = store.find(parsed.rest[0]);
  const Reference destination = parse_reference(parsed.rest.back());
  if (!destination.digest.empty()) throw Error("nothing can be pushed to a digest: " + destination.text());
  fmt::print("{}: digest: {}\n", destination.text(), push_image(store, image, destination, words.options()));
  return 0;
}

}  // namespace sdcont
