#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/oci.h"

namespace sdcont {

/// An OCI image layout on disk (image-layout.md of the specification): oci-layout, index.json,
/// blobs/sha256/….
class Layout {
 public:
  /// Of a directory that is there; make() completes it.
  explicit Layout(std::string directory) : directory_(std::move(directory)) {}

  /// What a layout has at least, where it is missing.
  void make() const;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string index_path() const { return directory_ + "/index.json"; }
  [[nodiscard]] std::string blob_path(const std::string& digest) const;
  /// Whether there is a blob of this digest and size. Blobs are verified before they get their name.
  [[nodiscard]] bool has(const Descriptor& blob) const;
  /// A document; throws Error where it is missing or larger than documents are.
  [[nodiscard]] std::string read(const Descriptor& blob, const std::string& what) const;
  [[nodiscard]] Manifest manifest(const Descriptor& blob, const std::string& what) const;
  [[nodiscard]] ConfigFile config(const Manifest& manifest, const std::string& what) const;

  /// The descriptors of index.json; none where there is no file yet.
  [[nodiscard]] std::vector<Descriptor> index() const;
  /// Replaces index.json, synced.
  void write_index(const std::vector<Descriptor>& descriptors) const;

 private:
  std::string directory_;
};

/// The manifest for a platform, where a descriptor may be that of an index, and of indexes in it; `read`
/// gives the text of one. Throws Error, naming `what`, where there is none, or where the indexes are nested
/// absurdly.
Descriptor choose_manifest(Descriptor descriptor, const Platform& platform, const std::string& what,
                           const std::function<std::string(const Descriptor&)>& read);

}  // namespace sdcont
