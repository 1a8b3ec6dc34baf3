#include "archive/load.h"

#include <fmt/core.h>

#include "cli/image_use.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/reports.h"
#include "util/error.h"

namespace sdcont {

int load_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string input = "-", platform;
  bool quiet = false;
  Parser parser("sdcont load", "[OPTIONS]");
  parser.option("-i,--input", input, "FILE", "the archive (default: the standard input)");
  parser.flag("-q,--quiet", quiet, "no progress");
  parser.option("--platform", platform, "OS/ARCH[/VARIANT]",
                "of several in one image (default: this machine's)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty())
    throw Error("sdcont load takes no arguments").remedy("sdcont load -i " + parsed.rest[0]);
  const ImageStore store(global.paths.root);
  const Platform wanted = platform.empty() ? host_platform() : parse_platform(platform, "--platform");
  const CollectAtEnd collect(store, global.paths);
  ProgressLines lines(quiet);
  const auto images = load_images(store, input, wanted, lines.reports());
  for (const TakenImage& image : images) {
    if (image.names.empty()) fmt::print("Loaded image ID: {}\n", image.id);
    for (const std::string& name : image.names) fmt::print("Loaded image: {}\n", name);
  }
  return 0;
}

}  // namespace sdcont
