#include "archive/staging.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "archive/inherit.h"
#include "archive/sha256.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

bool contains(const auto& additions, const std::string& digest) {
  return std::any_of(additions.begin(), additions.end(),
                     [&](const auto& addition) { return addition.digest == digest; });
}

}  // namespace

Staging::Staging(const ImageStore& store)
    : store_(store), use_(store.use()), workplace_(store.make_workplace()) {}

Staging::~Staging() {
  try {
    const std::string parent = workplace_.substr(0, workplace_.rfind('/'));
    const Fd dir = open_file(parent, O_RDONLY | O_DIRECTORY);
    remove_tree(dir.get(), workplace_.substr(parent.size() + 1));
  } catch (const Error&) {
    // the next command that is alone removes it
  }
}

// In one order for all, or two could wait for each other; for the next image of an archive, whose place in
// that order is not known before, nobody waits: in the worst case a layer is unpacked twice.
void Staging::lock_layers(const std::vector<std::string>& diff_ids) {
  const bool wait = locks_.empty();
  for (const std::string& diff_id : std::set<std::string>(diff_ids.begin(), diff_ids.end())) {
    if (!store_.has_layer(diff_id) && !locks_.contains(diff_id))
      locks_[diff_id] = store_.lock_layer(diff_id, wait);
  }
}

std::string Staging::new_path() {
  const std::lock_guard lock(mutex_);
  return workplace_ + "/" + std::to_string(count_++);
}

void Staging::add_layer(const std::string& path, const std::string& diff_id) {
  const std::lock_guard lock(mutex_);
  if (!contains(layers_, diff_id)) layers_.push_back({path, diff_id});
}

void Staging::add_blob(const std::string& path, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  if (!contains(blobs_, digest)) blobs_.push_back({path, digest});
}

Descriptor Staging::add_document(const std::string& text, const std::string& media_type) {
  if (text.size() > kMaxDocument) throw Error("a document of an image would be larger than 4 MiB");
  Descriptor descriptor;
  descriptor.media_type = media_type;
  descriptor.digest = sha256_digest(text);
  descriptor.size = text.size();
  if (has_blob(descriptor)) return descriptor;
  const std::string path = new_path();
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(file.get(), text);
  add_blob(path, descriptor.digest);
  return descriptor;
}

void Staging::inherit(const std::vector<std::string>& diff_ids) {
  std::vector<std::string> lowers;
  for (const std::string& diff_id : diff_ids) {
    const auto added = std::find_if(layers_.begin(), layers_.end(),
                                    [&](const Addition& layer) { return layer.digest == diff_id; });
    const std::string directory = added == layers_.end() ? store_.layer_directory(diff_id) : added->path;
    if (added != layers_.end()) inherit_attributes(directory, lowers);
    lowers.insert(lowers.begin(), directory + "/tree");
  }
}

bool Staging::has_layer(const std::string& diff_id) {
  const std::lock_guard lock(mutex_);
  return contains(layers_, diff_id) || store_.has_layer(diff_id);
}

bool Staging::has_blob(const Descriptor& blob) {
  const std::lock_guard lock(mutex_);
  return contains(blobs_, blob.digest) || store_.layout().has(blob);
}

// Another command may have been quicker with the same: the name says what it is, so either is right.
void Staging::rename_into(const std::vector<Addition>& additions, const std::string& directory) const {
  if (additions.empty()) return;
  for (const Addition& addition : additions) {
    const std::string target = directory + "/" + digest_hex(addition.digest, "what was made");
    if (rename(addition.path.c_str(), target.c_str()) == 0 || errno == EEXIST || errno == ENOTEMPTY) continue;
    throw_errno("cannot make " + target);
  }
  const Fd dir = open_file(directory, O_RDONLY | O_DIRECTORY);
  check(fsync(dir.get()), "cannot sync the image store");
}

void Staging::publish() {
  if (!layers_.empty() || !blobs_.empty()) {
    const Fd dir = open_file(workplace_, O_RDONLY | O_DIRECTORY);
    if (syncfs(dir.get()) != 0) throw_errno("cannot sync the file system of " + store_.root());
  }
  rename_into(layers_, store_.root() + "/layers");
  rename_into(blobs_, store_.layout().directory() + "/blobs/sha256");
  layers_.clear();
  blobs_.clear();
}

}  // namespace sdcont
