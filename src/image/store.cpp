#include "image/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "rootfs/changes.h"
#include "spec/names.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// An annotation of ours in index.json: the digest by which a registry knows the image.
constexpr const char* kRegistryDigest = "org.sdcont.registry-digest";
constexpr size_t kLeastPrefix = 1;

/// Other tools write names that are none of ours ("latest", "My Image"): as they stand.
std::string name_of(const Descriptor& descriptor) {
  const auto found = descriptor.annotations.find(kRefName);
  if (found == descriptor.annotations.end()) return {};
  const std::string name = canonical_name(found->second);
  return name.empty() ? found->second : name;
}

std::string registry_name(const Descriptor& descriptor) {
  const auto digest = descriptor.annotations.find(kRegistryDigest);
  if (digest == descriptor.annotations.end() || canonical_name(name_of(descriptor)).empty()) return {};
  return parse_reference(name_of(descriptor)).repository() + "@" + digest->second;
}

Fd lock_file(const std::string& path, int operation) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw_errno("cannot open " + path);
  while (flock(fd.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) return {};
    if (errno != EINTR) throw_errno("cannot lock " + path);
  }
  return fd;
}

bool is_id_prefix(const std::string& word) {
  return word.size() >= kLeastPrefix && word.size() <= 64 &&
         word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void add_unless_there(std::vector<std::string>& list, const std::string& word) {
  if (!word.empty() && std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
}

}  // namespace

std::string Image::called() const { return names.empty() ? short_image_id(id) : names.front(); }

std::string short_image_id(const std::string& id) {
  const size_t colon = id.find(':');
  return short_id(colon == std::string::npos ? id : id.substr(colon + 1));
}

ImageStore::ImageStore(std::string root) : root_(std::move(root)), layout_(root_ + "/images") {
  for (const char* directory : {"", "/layers", "/image-names", "/tmp"})
    open_private_directory(root_ + directory);
  layout_.make();
}

std::string ImageStore::layer_directory(const std::string& diff_id) const {
  return root_ + "/layers/" + digest_hex(diff_id, "a layer");
}

bool ImageStore::has_layer(const std::string& diff_id) const { return exists(layer_directory(diff_id)); }

std::vector<std::string> ImageStore::shown_layers(const std::vector<std::string>& diff_ids) const {
  auto lowest = diff_ids.end();
  while (lowest != diff_ids.begin()) {
    --lowest;
    const Fd tree = open_file(layer_directory(*lowest) + "/tree", O_PATH | O_DIRECTORY);
    if (is_opaque(tree.get(), "")) break;
  }
  return {lowest, diff_ids.end()};
}

uint64_t ImageStore::layer_size(const std::string& diff_id) const {
  const auto text = read_file_if(layer_directory(diff_id) + "/size");
  return text ? parse_unsigned(trim(*text)).value_or(0) : 0;
}

Fd ImageStore::use() const { return lock_file(root_ + "/images.lock", LOCK_SH); }

Fd ImageStore::lock_layer(const std::string& diff_id, bool wait) const {
  return lock_file(root_ + "/tmp/" + digest_hex(diff_id, "a layer") + ".lock",
                   LOCK_EX | (wait ? 0 : LOCK_NB));
}

std::string ImageStore::make_workplace() const {
  std::string path = root_ + "/tmp/make-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw_errno("cannot make a directory in " + root_ + "/tmp");
  return path;
}

std::vector<Image> ImageStore::list() const {
  std::vector<Image> images;
  std::map<std::string, size_t> known;
  for (const Descriptor& descriptor : layout_.index()) {
    const auto [found, is_new] = known.emplace(descriptor.digest, images.size());
    if (is_new) {
      Image image;
      image.manifest = descriptor;
      try {
        image.id = layout_.manifest(descriptor, "the manifest of " + name_of(descriptor)).config.digest;
      } catch (const Error& error) {
        image.damage = error.what();
      }
      images.push_back(std::move(image));
    }
    Image& image = images[found->second];
    add_unless_there(image.names, name_of(descriptor));
    add_unless_there(image.digests, registry_name(descriptor));
  }
  return images;
}

std::optional<Image> ImageStore::find_if(const std::string& word) const {
  const std::string name = canonical_name(word);
  const std::string prefix = word.starts_with("sha256:") ? word.substr(7) : word;
  const bool may_be_id = is_id_prefix(prefix);
  std::vector<Image> by_id;
  for (Image& image : list()) {
    const auto has = [&](const std::vector<std::string>& list, const std::string& text) {
      return !text.empty() && std::find(list.begin(), list.end(), text) != list.end();
    };
    if (has(image.names, name) || has(image.names, word) || has(image.digests, name)) return image;
    if (may_be_id && image.id.starts_with("sha256:" + prefix)) by_id.push_back(std::move(image));
  }
  if (by_id.size() > 1 && by_id[0].id != by_id[1].id) {
    throw Error("several images have ids that begin with '" + prefix + "'").remedy("give more of the id");
  }
  if (by_id.empty()) return std::nullopt;
  return by_id.front();
}

Image ImageStore::find(const std::string& word) const {
  if (auto image = find_if(word)) return *image;
  throw Error("there is no image '" + printable(word) + "' here").remedy("sdcont images lists what there is");
}

Manifest ImageStore::manifest(const Image& image) const {
  return layout_.manifest(image.manifest, "the manifest of " + image.called());
}

ConfigFile ImageStore::config(const Image& image) const {
  return layout_.config(manifest(image), "the configuration of " + image.called());
}

void ImageStore::edit(const std::function<void(std::vector<Descriptor>&)>& change) const {
  const Fd lock = lock_file(root_ + "/index.lock", LOCK_EX);
  std::vector<Descriptor> index = layout_.index();
  change(index);
  layout_.write_index(index);
  write_launch_records();
}

void ImageStore::refresh() const {
  const Fd lock = lock_file(root_ + "/index.lock", LOCK_EX);
  write_launch_records();
}

void ImageStore::add(Descriptor manifest, const std::string& name, const std::string& digest) const {
  manifest.annotations.clear();
  if (!name.empty()) manifest.annotations[kRefName] = name;
  if (!name.empty() && !digest.empty()) manifest.annotations[kRegistryDigest] = digest;
  edit([&](std::vector<Descriptor>& index) {
    for (Descriptor& other : index) {  // whose name this was
      if (name.empty() || name_of(other) != name) continue;
      other.annotations.clear();
    }
    index.push_back(manifest);
    // an image has a place without a name only where it has none with one
    std::vector<Descriptor> kept;
    for (const Descriptor& entry : index) {
      const bool named = !name_of(entry).empty();
      const bool other = std::any_of(index.begin(), index.end(), [&](const Descriptor& that) {
        return &that != &entry && that.digest == entry.digest && (!name_of(that).empty() || &that < &entry);
      });
      if (named || !other) kept.push_back(entry);
    }
    index = std::move(kept);
  });
}

void ImageStore::remove_name(const std::string& name, bool keep_image) const {
  edit([&](std::vector<Descriptor>& index) {
    const auto found = std::find_if(index.begin(), index.end(),
                                    [&](const Descriptor& entry) { return name_of(entry) == name; });
    if (found == index.end()) return;
    const bool last = std::count_if(index.begin(), index.end(), [&](const Descriptor& entry) {
                        return entry.digest == found->digest;
                      }) == 1;
    if (last && keep_image) {
      found->annotations.clear();
    } else {
      index.erase(found);
    }
  });
}

void ImageStore::remove_image(const Image& image) const {
  edit([&](std::vector<Descriptor>& index) {
    std::erase_if(index, [&](const Descriptor& entry) { return entry.digest == image.manifest.digest; });
  });
}

std::optional<Removed> ImageStore::collect(const std::vector<std::string>& layers) const {
  const Fd alone = lock_file(root_ + "/images.lock", LOCK_EX | LOCK_NB);
  if (!alone) return std::nullopt;
  return collect_alone(layers);
}

}  // namespace sdcont
