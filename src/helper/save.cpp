#include "archive/save.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/parser.h"
#include "helper/commands.h"
#include "util/error.h"
#include "util/file.h"

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

void save_to(int fd, const ImageStore& store, const std::vector<SavedImage>& images) {
  save_images(store, images,
              [fd](std::span<const char> piece) { write_all(fd, std::string(piece.begin(), piece.end())); });
}

/// Whole or not at all.
void save_to_file(const std::string& path, const ImageStore& store, const std::vector<SavedImage>& images) {
  const std::string part = path + ".part-" + std::to_string(getpid());
  const Fd fd = open_file(part, O_WRONLY | O_CREAT | O_EXCL, 0600);
  try {
    save_to(fd.get(), store, images);
    if (rename(part.c_str(), path.c_str()) != 0) throw_errno("cannot make " + path);
  } catch (const Error&) {
    unlink(part.c_str());
    throw;
  }
}

}  // namespace

int save_command(const GlobalOptions& global, const std::vector<std::string>& args) {
  std::string output;
  Parser parser("sdcont save", "[OPTIONS] IMAGE [IMAGE...]");
  parser.option("-o,--output", output, "FILE", "where to (default: the standard output)");
  const auto parsed = parser.parse(args);
  if (parsed.help) return 0;
  if (parsed.rest.empty()) throw Error("sdcont save: no IMAGE was given").remedy("see sdcont images");
  if (output.empty() && isatty(STDOUT_FILENO) != 0) {
    throw Error("the standard output is a terminal")
        .remedy("name a file with -o, or send the archive into a pipe");
  }
  const ImageStore store(global.paths.root);
  const Fd use = store.use();
  const auto images = find_images(store, parsed.rest);
  if (output.empty() || output == "-") {
    save_to(STDOUT_FILENO, store, images);
  } else {
    save_to_file(output, store, images);
  }
  return 0;
}

}  // namespace sdcont
