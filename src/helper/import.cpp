#include "archive/import.h"

#include <fmt/core.h>

#include "cli/image_use.h"
#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/reports.h"
#include "util/error.h"

namespace sdcont {

std::string new_name(const std::string& word) {
  const Reference name = parse_reference(word);
  if (!name.digest.empty())
    throw Error("a name with a digest is nothing that an image can be given: " + name.text());
  return name.text();
}

int import_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  ImportOptions options;
  std::string platform;
  bool quiet = false;
  Parser parser("sdcont import", "[OPTIONS] FILE|DIRECTORY|- [NAME[:TAG]]");
  parser.option("-c,--change", options.changes, "LINE",
                "a line of a Dockerfile for its configuration: CMD, ENV, …");
  parser.option("-m,--message", options.message, "TEXT", "for sdcont history");
  parser.flag("-q,--quiet", quiet, "no progress");
  parser.option("--platform", platform, "OS/ARCH[/VARIANT]", "what it is for (default: this machine's)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty() || parsed.rest.size() > 2) {
    throw Error("sdcont import takes a FILE, a DIRECTORY or -, and a name")
        .remedy("see sdcont import --help");
  }
  options.source = parsed.rest[0];
  if (parsed.rest.size() == 2) {
    options.name = new_name(parsed.rest[1]);
  }
  options.platform = platform.empty() ? host_platform() : parse_platform(platform, "--platform");
  const ImageStore store(global.paths.root);
  const CollectAtEnd collect(store, global.paths);
  ProgressLines lines(quiet);
  const TakenImage image = import_image(store, options, lines.reports());
  fmt::print("{}\n", image.id);
  return 0;
}

}  // namespace sdcont
