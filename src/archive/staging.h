#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "image/store.h"
#include "util/fd.h"

namespace sdcont {

/// What is being made for the store: in a directory of its own until publish(), gone with this object else.
/// The store is in use as long as it lives.
class Staging {
 public:
  explicit Staging(const ImageStore& store);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  [[nodiscard]] const ImageStore& store() const { return store_; }
  /// Waits for other commands that unpack the same layers at this moment, and makes others wait for us.
  void lock_layers(const std::vector<std::string>& diff_ids);

  /// A path below the staging directory that nothing else has; for any thread, as is what follows.
  std::string new_path();
  /// A directory made of "tree" and "size" that becomes a layer; a verified file that becomes a blob.
  void add_layer(const std::string& path, const std::string& diff_id);
  void add_blob(const std::string& path, const std::string& digest);
  /// A document that becomes a blob.
  Descriptor add_document(const std::string& text, const std::string& media_type);
  /// What the layers that were added inherit from those below them in an image; `diff_ids`: the lowest first.
  void inherit(const std::vector<std::string>& diff_ids);
  /// Whether the store has it, or it is added already.
  [[nodiscard]] bool has_layer(const std::string& diff_id);
  [[nodiscard]] bool has_blob(const Descriptor& blob);

  /// Syncs all that was added and gives it its names.
  void publish();

 private:
  struct Addition {
    std::string path, digest;
  };
  void rename_into(const std::vector<Addition>& additions, const std::string& directory) const;

  const ImageStore& store_;
  Fd use_;
  std::string workplace_;
  std::map<std::string, Fd> locks_;
  std::mutex mutex_;
  int count_ = 0;
  std::vector<Addition> layers_, blobs_;
};

}  // namespace sdcont
