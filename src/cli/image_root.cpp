#include "cli/image_root.h"

#include <sys/stat.h>

#include <filesystem>

#include "cli/no_rootfs.h"
#include "image/store.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

Root find_directory(const std::string& image) {
  std::error_code ignored;
  const std::string path = std::filesystem::canonical(image, ignored).string();
  if (path.empty()) throw Error("the image " + printable(image) + " does not exist", ENOENT);
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) throw_errno("cannot look at the image " + printable(image));
  if (!S_ISDIR(st.st_mode)) {
    throw Error("the image " + printable(image) + " is not a directory")
        .remedy("make an image of an archive with sdcont import, or sdcont load");
  }
  return {Root::Kind::directory, path, false, {}};
}

}  // namespace

bool names_stored_image(const std::string& word) {
  return word != "host" && word != kNoImage && !word.empty() && word[0] != '/' && word[0] != '.';
}

ImageRoot find_image_root(const std::string& word, const StorePaths& paths) {
  if (word == kNoImage) return {{Root::Kind::none, "/", false, {}}, {}, {}};
  if (word == "host") return {{Root::Kind::host, "/", false, {}}, {}, {}};
  if (word.empty()) throw Error("the IMAGE is empty");
  if (!names_stored_image(word)) return {find_directory(word), {}, {}};
  auto image = find_launch_image(paths.root, word);
  if (!image) {
    const bool directory = std::filesystem::is_directory(word);
    throw Error("there is no image '" + printable(word) + "' here")
        .remedy(directory ? "for the directory say ./" + printable(word)
                          : "sdcont images lists what there is, sdcont pull takes one from a registry");
  }
  return image_root_of(std::move(*image));
}

ImageRoot image_root_of(LaunchImage image) {
  Root root{Root::Kind::image, image.layers.at(0), false, image.layers};
  return {std::move(root), image.record.id, std::move(image.record.config)};
}

}  // namespace sdcont
