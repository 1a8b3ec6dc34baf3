#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "image/store.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kStamp = "image-names.stamp";

/// A file's name for an image's; empty for what is no name, or too long: that is looked up the long way.
std::string file_name(const std::string& name) {
  constexpr size_t kMaxFileName = 255;
  std::string file = canonical_name(name);
  std::replace(file.begin(), file.end(), '/', '%');
  return file.size() > kMaxFileName ? "" : file;
}

/// What changes whenever index.json is replaced or written; empty where there is none.
std::string stamp_of(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return {};
  return std::to_string(st.st_ino) + ":" + std::to_string(st.st_size) + ":" +
         std::to_string(st.st_mtim.tv_sec) + "." + std::to_string(st.st_mtim.tv_nsec);
}

bool is_fresh(const std::string& root) {
  const std::string stamp = stamp_of(root + "/images/index.json");
  return !stamp.empty() && read_file_if(root + "/" + kStamp) == stamp;
}

LaunchImage with_layers(LaunchRecord record, const std::string& root) {
  LaunchImage image{std::move(record), {}};
  for (const std::string& diff_id : image.record.diff_ids) {
    image.layers.push_back(root + "/layers/" + digest_hex(diff_id, "a layer") + "/tree");
  }
  std::reverse(image.layers.begin(), image.layers.end());
  return image;
}

}  // namespace

void ImageStore::write_launch_record(const std::string& name, const Descriptor& descriptor) const {
  const Manifest manifest = layout_.manifest(descriptor, "the manifest of " + name);
  const ConfigFile config = layout_.config(manifest, "the configuration of " + name);
  const bool unpacked = std::all_of(config.diff_ids.begin(), config.diff_ids.end(),
                                    [this](const std::string& diff_id) { return has_layer(diff_id); });
  const Fd dir = open_file(root_ + "/image-names", O_RDONLY | O_DIRECTORY);
  if (!unpacked) {
    unlinkat(dir.get(), file_name(name).c_str(), 0);
    return;
  }
  const LaunchRecord record = {manifest.config.digest, descriptor.digest, shown_layers(config.diff_ids),
                               config.config};
  write_atomic(dir.get(), file_name(name), launch_record_to_json(record), Durability::visible);
}

void ImageStore::write_launch_records() const {
  const std::string stamp = stamp_of(layout_.index_path());
  const Fd root = open_file(root_, O_RDONLY | O_DIRECTORY);
  const Fd names = open_file(root_ + "/image-names", O_RDONLY | O_DIRECTORY);
  std::set<std::string> files;
  for (const Descriptor& descriptor : layout_.index()) {
    const auto name = descriptor.annotations.find(kRefName);
    if (name == descriptor.annotations.end() || file_name(name->second).empty()) continue;
    if (files.contains(file_name(name->second))) continue;
    try {
      // one that is of the same manifest is right: what an image is does not change
      const auto old = read_at_if(names.get(), file_name(name->second));
      if (!old || launch_record_from_json(*old).manifest != descriptor.digest) {
        write_launch_record(name->second, descriptor);
      }
      files.insert(file_name(name->second));
    } catch (const Error&) {
      // of a damaged image there is no record, and whoever wants to run it is told why
    }
  }
  for (const std::string& file : list_directory(root_ + "/image-names")) {
    if (!files.contains(file)) unlinkat(names.get(), file.c_str(), 0);
  }
  write_atomic(root.get(), kStamp, stamp, Durability::visible);
}

std::optional<LaunchImage> find_launch_image(const std::string& root, const std::string& word) {
  if (!exists(root + "/images/index.json")) return std::nullopt;
  if (!is_fresh(root)) ImageStore(root).refresh();
  if (const std::string file = file_name(word); !file.empty()) {
    if (const auto text = read_file_if(root + "/image-names/" + file)) {
      LaunchImage image = with_layers(launch_record_from_json(*text), root);
      if (std::all_of(image.layers.begin(), image.layers.end(), exists)) return image;
    }
  }
  const ImageStore store(root);
  const auto image = store.find_if(word);
  if (!image) return std::nullopt;
  const ConfigFile config = store.config(*image);
  for (const std::string& diff_id : config.diff_ids) {
    if (!store.has_layer(diff_id)) return std::nullopt;
  }
  return with_layers({image->id, image->manifest.digest, store.shown_layers(config.diff_ids), config.config},
                     root);
}

Fd use_images(const std::string& root) {
  Fd fd(open((root + "/images.lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd) flock(fd.get(), LOCK_SH);
  return fd;
}

}  // namespace sdcont
