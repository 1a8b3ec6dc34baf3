#include <fmt/core.h>

#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/image_use.h"
#include "cli/parser.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {

int image_prune_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool all = false, force = false;
  Parser parser("sdcont image prune", "[OPTIONS]");
  parser.flag("-a,--all", all, "also those with names that no container uses");
  parser.flag("-f,--force", force, "do not ask");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (!parsed.rest.empty()) throw Error("sdcont image prune takes no arguments");
  const std::string which =
      all ? "all images that no container uses" : "all images without a name that no container uses";
  if (!force && !is_confirmed("Remove " + which + "?", "sdcont image prune", "--force")) return 1;
  const ImageStore images(global.paths.root);
  for (const Image& image : images.list()) {
    if ((!all && !image.names.empty()) || !containers_of(image, global.paths).empty()) continue;
    images.remove_image(image);
    for (const std::string& name : image.names) fmt::print("Untagged: {}\n", printable(name));
    fmt::print("Deleted: {}\n", image.id.empty() ? image.manifest.digest : image.id);
  }
  const auto removed = collect_images(images, global.paths);
  if (!removed) {
    print_warning("other commands use images at this moment: what nobody needs goes with the next command");
    return 0;
  }
  for (const std::string& layer : removed->layers) fmt::print("Deleted: {}\n", layer);
  fmt::print("Total reclaimed space: {}\n", format_size(removed->bytes));
  return 0;
}

}  // namespace sdcont
