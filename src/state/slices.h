#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/slice_spec.h"
#include "state/store.h"

namespace sdcont {

/// The slices that were given limits:
///
///   ROOT/slices/NAME   what they are; with --runtime below RUN
///
/// Each file is written whole or not at all.
class SliceStore {
 public:
  explicit SliceStore(StorePaths paths) : paths_(std::move(paths)) {}

  /// Nothing where it has no limits.
  [[nodiscard]] std::optional<SliceSpec> load(const std::string& name) const;
  /// By their names.
  [[nodiscard]] std::vector<SliceSpec> list() const;
  /// This and remove() under the exclusive lock.
  void save(const SliceSpec& slice) const;
  void remove(const std::string& name) const;

  /// Held while slices are changed, and shared while a container is put into one that we make.
  enum class Lock { shared, exclusive };
  [[nodiscard]] Fd lock(Lock how) const;

 private:
  [[nodiscard]] std::string directory(bool runtime) const {
    return (runtime ? paths_.run : paths_.root) + "/slices";
  }

  StorePaths paths_;
};

}  // namespace sdcont
