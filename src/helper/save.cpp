#include "archive/save.h"

#include <algorithm>

#include "cli/parser.h"
#include "helper/commands.h"
#include "helper/output_file.h"
#include "util/error.h"

namespace sdcont {
namespace {

/// Images by the words that name them; one that is named twice is one with two names.
std::vector<SavedImage> find_images(const ImageStore& store, const std::vector<std::string>& words) {
  std::vector<SavedImage> saved;
  for (const std::string& word : words) {
    const Image image = store.find(word);
    auto known = std::find_if(saved.begin(), saved.end(), [&](const SavedImage& other) {
      return other.image.manifest.digest == image.manifest.digest;
    });
    if (known == saved.end()) known = saved.insert(saved.end(), {image, {}});
    const std::string name = canonical_name(word);
    if (std::find(image.names.begin(), image.names.end(), name) != image.names.end())
      known->names.push_back(name);
  }
  return saved;
}

}  // namespace

int save_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string output;
  Parser parser("sdcont save", "[OPTIONS] IMAGE [IMAGE...]");
  parser.option("-o,--output", output, "FILE", "where to (default: the standard output)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont save: no IMAGE was given").remedy("see sdcont images");
  const ImageStore store(global.paths.root);
  const Fd use = store.use();
  const auto images = find_images(store, parsed.rest);
  OutputFile file(output);
  save_images(store, images, file.sink());
  file.finish();
  return 0;
}

}  // namespace sdcont
