#pragma once

#include <string>
#include <vector>

#include "archive/import.h"
#include "state/record.h"

namespace sdcont {

struct CommitOptions {
  std::string name;  ///< or empty
  std::string author, message;
  std::vector<std::string> changes;  ///< as ImportOptions has them
};

/// An image of a container's image with what the container wrote as one more layer, and how it was run as its
/// configuration; it is in the store when it returns. With SOURCE_DATE_EPOCH the same changes make the same
/// digest. Throws Error for a container that is of no image.
TakenImage commit_container(const ImageStore& store, const Record& record, const CommitOptions& options,
                            const Reports& reports);

}  // namespace sdcont
