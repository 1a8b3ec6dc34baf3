#pragma once

#include <functional>
#include <string>
#include <vector>

#include "state/store.h"

namespace sdcont {

/// Does something to each of the containers that were named, and prints the words as they were given, as
/// docker does: an error is told, and the others are still done. Returns the exit status.
int for_each_container(Store& store, const std::vector<std::string>& words,
                       const std::function<void(const Record&)>& body);

}  // namespace sdcont
