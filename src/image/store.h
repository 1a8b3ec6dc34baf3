#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/launch_record.h"
#include "image/layout.h"
#include "image/reference.h"
#include "util/fd.h"

namespace sdcont {

/// An image of the store.
struct Image {
  std::string id;  ///< digest of its configuration; empty where its manifest is damaged
  Descriptor manifest;
  std::vector<std::string> names;    ///< "debian:bookworm"; none: nobody calls it by a name any more
  std::vector<std::string> digests;  ///< as registries know it: "debian@sha256:…"
  std::string damage;                ///< why it cannot be used, or empty

  /// For messages: a name, or the id.
  [[nodiscard]] std::string called() const;
};

/// The first twelve digits of an id, as they are shown.
std::string short_image_id(const std::string& id);

/// What was removed because nobody needs it.
struct Removed {
  std::vector<std::string> layers;  ///< diff ids
  uint64_t bytes = 0;               ///< of blobs, and of the files of layers
};

/// The images below --root:
///
///   images/                  an OCI image layout, which other tools can read as it stands
///   layers/HEX/tree          a layer, unpacked for overlayfs, by its diff id (HEX: without "sha256:")
///   layers/HEX/size          the bytes of its files
///   image-names/NAME         what a launch needs to know (LaunchRecord); "/" in a name is "%" here
///   image-names.stamp        which index.json those are of: another one (a crash, another tool) makes them
///   anew tmp/…                    what is being made: by nobody, where nobody holds images.lock images.lock
///   shared by who uses or makes images, alone by who removes what nobody needs index.lock               held
///   while index.json changes
///
/// A name that is in index.json is an image; everything else follows from it.
class ImageStore {
 public:
  /// Makes what is missing of the directories.
  explicit ImageStore(std::string root);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] std::string layer_directory(const std::string& diff_id) const;
  [[nodiscard]] bool has_layer(const std::string& diff_id) const;
  /// Those of an image's layers that show, the lowest first: none below one whose root is opaque, which
  /// overlayfs would not look at. They must be unpacked.
  [[nodiscard]] std::vector<std::string> shown_layers(const std::vector<std::string>& diff_ids) const;
  /// Bytes of a layer's files; 0 where it is not unpacked.
  [[nodiscard]] uint64_t layer_size(const std::string& diff_id) const;
  [[nodiscard]] const std::string& root() const { return root_; }

  /// Held while images are read or made: nothing that is there goes meanwhile.
  [[nodiscard]] Fd use() const;

  /// In the order of index.json; a damaged one is among them.
  [[nodiscard]] std::vector<Image> list() const;
  /// By name, id or unique prefix of an id; throws Error where none or several fit.
  [[nodiscard]] Image find(const std::string& word) const;
  [[nodiscard]] std::optional<Image> find_if(const std::string& word) const;
  [[nodiscard]] Manifest manifest(const Image& image) const;
  [[nodiscard]] ConfigFile config(const Image& image) const;

  /// Gives a manifest whose blobs and layers are all here a name, and takes it from another; without a name
  /// it stays as one that nobody calls. `digest`: what a registry calls it, or empty.
  void add(Descriptor manifest, const std::string& name, const std::string& digest = "") const;
  /// With its last name an image goes, unless it is to be kept without one.
  void remove_name(const std::string& name, bool keep_image) const;
  void remove_image(const Image& image) const;
  /// Writes the records of launches anew where they are of another index.json.
  void refresh() const;

  /// Removes what no image has, and no container uses: `layers` are the directories that containers are made
  /// of. Nothing where another command uses images at this moment: the next one does it then.
  std::optional<Removed> collect(const std::vector<std::string>& layers) const;

  /// A new directory to make something in; only while use() is held.
  [[nodiscard]] std::string make_workplace() const;
  /// Held by the one who unpacks a layer; only while use() is held. Empty where another holds it, and is not
  /// to be waited for.
  [[nodiscard]] Fd lock_layer(const std::string& diff_id, bool wait) const;

 private:
  Removed collect_alone(const std::vector<std::string>& used) const;
  void edit(const std::function<void(std::vector<Descriptor>&)>& change) const;
  void write_launch_records() const;
  void write_launch_record(const std::string& name, const Descriptor& descriptor) const;

  std::string root_;
  Layout layout_;
};

/// What `sdcont run NAME` needs, without opening a store; nothing where there is no such image, or one whose
/// layers are not all unpacked.
struct LaunchImage {
  LaunchRecord record;
  std::vector<std::string> layers;  ///< directories, the topmost first
};
std::optional<LaunchImage> find_launch_image(const std::string& root, const std::string& word);
/// ImageStore::use() for a launch: empty where there is no store.
Fd use_images(const std::string& root);

}  // namespace sdcont
