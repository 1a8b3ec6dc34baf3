#include <fmt/core.h>

#include "archive/registry.h"
#include "cli/image_use.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/registry_options.h"
#include "helper/reports.h"
#include "util/error.h"

namespace sdcont {

int pull_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string platform;
  RegistryWords words;
  Parser parser("sdcont pull", "[OPTIONS] NAME[:TAG|@DIGEST]");
  parser.option("--platform", platform, "OS/ARCH[/VARIANT]",
                "of several in one image (default: this machine's)");
  words.declare(parser);
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.size() != 1) throw Error("sdcont pull takes one IMAGE");
  const Reference reference = parse_reference(parsed.rest[0]);
  const ImageStore store(global.paths.root);
  const Platform wanted = platform.empty() ? host_platform() : parse_platform(platform, "--platform");
  const CollectAtEnd collect(store, global.paths);
  const RegistryOptions options = words.options();
  ProgressLines lines(options.quiet);
  const TakenImage image = pull_image(store, reference, wanted, options, lines.reports());
  fmt::print("{}\n", image.id);
  return 0;
}

}  // namespace sdcont
