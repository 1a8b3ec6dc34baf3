#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "state/store.h"

namespace sdcont {

/// A named place for what outlives containers.
struct Volume {
  std::string name;
  uint64_t created_ns = 0;  ///< realtime
  bool anonymous = false;   ///< made for one container (-v /path): its name says nothing
  std::map<std::string, std::string> labels;
};

/// Where a volume's content is, once it is made.
std::string volume_data(const StorePaths& paths, const std::string& name);

/// The volumes on disk:
///
///   ROOT/volumes/NAME/volume.json   the record: a volume without is not there
///   ROOT/volumes/NAME/_data         what containers see
///   ROOT/volumes/NAME/filling       while it is filled from an image (rootfs/volume_fill.h)
///
/// Volumes are in use by the containers whose records name them, whether those run or not. A container's
/// record is written before its volumes are made, so that none is removed in between.
class VolumeStore {
 public:
  explicit VolumeStore(const Store& containers);

  /// Makes it, or leaves the one of that name as it is; false where there was one.
  bool create(const Volume& volume);
  [[nodiscard]] std::optional<Volume> load(const std::string& name) const;
  /// Throws Error where there is none.
  [[nodiscard]] Volume find(const std::string& name) const;
  /// By their names.
  [[nodiscard]] std::vector<Volume> list() const;
  /// Names of the containers that use it, but for the one with that id.
  [[nodiscard]] std::vector<std::string> users(const std::string& name, const std::string& except = {}) const;

  /// Removes the volume with its content; throws Error where there is none, or it is in use (but by
  /// `except`).
  void remove(const std::string& name, const std::string& except = {});
  /// The bytes that its files take.
  [[nodiscard]] uint64_t size(const std::string& name) const;

 private:
  [[nodiscard]] Fd lock() const;

  const Store& containers_;
  std::string path_;
  Fd directory_;
};

/// Removes the anonymous volumes of a container that no other uses.
void remove_anonymous_volumes(const Record& record, const Store& containers);

}  // namespace sdcont
