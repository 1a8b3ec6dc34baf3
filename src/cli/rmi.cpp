#include <fmt/core.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/image_use.h"
#include "cli/parser.h"
#include "spec/names.h"
#include "util/error.h"
#include "util/output.h"
#include "util/text.h"

namespace sdcont {
namespace {

void check_unused(const Image& image, const std::string& word, bool force, const StorePaths& paths) {
  for (const Record& record : containers_of(image, paths)) {
    const bool runs = !record.exit;
    if (force && !runs) continue;
    throw Error("the image '" + printable(word) + "' is in use by container " + record.name + " (" +
                short_id(record.id) + ")" + (runs ? ", which runs" : ""))
        .remedy(runs ? "sdcont rm -f " + record.name
                     : "sdcont rm " + record.name + ", or sdcont rmi -f, which takes the name away");
  }
}

/// Takes one name, or the image with all its names; what becomes of the layers shows at the end.
void remove_image(const ImageStore& images, const std::string& word, bool force, const StorePaths& paths) {
  const Image image = images.find(word);
  const std::string name = canonical_name(word);
  const bool by_name = std::find(image.names.begin(), image.names.end(), name) != image.names.end() ||
                       std::find(image.names.begin(), image.names.end(), word) != image.names.end();
  if (by_name && image.names.size() > 1) {
    images.remove_name(name.empty() ? word : name, false);
    fmt::print("Untagged: {}\n", printable(name.empty() ? word : name));
    return;
  }
  if (!by_name && image.names.size() > 1 && !force) {
    throw Error("the image " + short_image_id(image.id) + " has several names: " + join(image.names, ", "))
        .remedy("name one of them, or take all with sdcont rmi -f");
  }
  check_unused(image, word, force, paths);
  const bool used = !containers_of(image, paths).empty();
  for (const std::string& each : image.names) {
    if (used) images.remove_name(each, true);
    fmt::print("Untagged: {}\n", printable(each));
  }
  for (const std::string& each : image.digests) fmt::print("Untagged: {}\n", printable(each));
  if (used) return;  // its containers still need it: image prune removes it when they are gone
  images.remove_image(image);
  // the same image may be here by another manifest, whose blobs are compressed otherwise
  if (!image.id.empty() && images.find_if(image.id)) return;
  fmt::print("Deleted: {}\n", image.id.empty() ? image.manifest.digest : image.id);
}

}  // namespace

int rmi_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  bool force = false;
  Parser parser("sdcont rmi", "[OPTIONS] IMAGE [IMAGE...]");
  parser.flag("-f,--force", force,
              "all names of an id, and the names of what containers use that have ended");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont rmi: no IMAGE was given").remedy("see sdcont images");
  const ImageStore images(global.paths.root);
  int status = 0;
  for (const std::string& word : parsed.rest) {
    try {
      remove_image(images, word, force, global.paths);
    } catch (const Error& error) {  // the others are still removed
      write_error(std::string("sdcont: ") + error.what() + "\n");
      status = 1;
    }
  }
  if (const auto removed = collect_images(images, global.paths)) {
    for (const std::string& layer : removed->layers) fmt::print("Deleted: {}\n", layer);
  }
  return status;
}

}  // namespace sdcont
