#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "image/store.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

uint64_t file_size(const std::string& path) {
  struct stat st {};
  return lstat(path.c_str(), &st) == 0 ? static_cast<uint64_t>(st.st_size) : 0;
}

/// The names of blobs and of layers' directories that images and containers need.
struct Needed {
  std::set<std::string> blobs;
  std::set<std::string> layers;
};

// Without its leading "sha256:".
std::string hex(const std::string& digest) { return digest_hex(digest, "a digest"); }

Needed find_needed(const ImageStore& store, const std::vector<std::string>& used) {
  Needed needed;
  for (const std::string& directory : used) {
    if (directory.starts_with(store.root() + "/layers/")) {
      needed.layers.insert(base_name(directory.substr(0, directory.rfind('/'))));
    }
  }
  for (const Image& image : store.list()) {
    needed.blobs.insert(hex(image.manifest.digest));
    const Manifest manifest = store.manifest(image);
    needed.blobs.insert(hex(manifest.config.digest));
    for (const Descriptor& layer : manifest.layers) needed.blobs.insert(hex(layer.digest));
    for (const std::string& diff_id : store.config(image).diff_ids) needed.layers.insert(hex(diff_id));
  }
  return needed;
}

}  // namespace

Removed ImageStore::collect_alone(const std::vector<std::string>& used) const {
  Removed removed;
  const Fd tmp = open_file(root_ + "/tmp", O_RDONLY | O_DIRECTORY);
  const Fd layers = open_file(root_ + "/layers", O_RDONLY | O_DIRECTORY);
  const Fd blobs = open_file(layout_.directory() + "/blobs/sha256", O_RDONLY | O_DIRECTORY);
  try {
    const Needed needed = find_needed(*this, used);
    for (const std::string& name : list_directory(root_ + "/layers")) {
      if (needed.layers.contains(name)) continue;
      removed.bytes += layer_size("sha256:" + name);
      removed.layers.push_back("sha256:" + name);
      // at once and as a whole: half a layer must not look like one
      if (renameat(layers.get(), name.c_str(), tmp.get(), name.c_str()) != 0)
        throw_errno("cannot remove the layer " + name);
    }
    for (const std::string& name : list_directory(layout_.directory() + "/blobs/sha256")) {
      if (needed.blobs.contains(name)) continue;
      removed.bytes += file_size(layout_.directory() + "/blobs/sha256/" + name);
      unlinkat(blobs.get(), name.c_str(), 0);
    }
  } catch (const Error&) {
    // what a damaged image needs is not known: then nothing goes but what was being made
  }
  for (const std::string& name : list_directory(root_ + "/tmp")) remove_tree(tmp.get(), name);
  return removed;
}

}  // namespace sdcont
