#pragma once

#include <functional>
#include <string>
#include <vector>

#include "archive/load.h"

namespace sdcont {

struct CheckOptions {
  bool repair = false;
  /// Layers' directories that containers are made of: these are not replaced.
  std::vector<std::string> used;
  std::function<void(const std::string&)> found;     ///< a line for each thing that is wrong
  std::function<void(const std::string&)> repaired;  ///< and for each that was put right
};

/// Verifies every document and blob of every image by its digest, and every unpacked layer against its blob.
/// True where all is well in the end.
bool check_images(const ImageStore& store, const CheckOptions& options);

}  // namespace sdcont
