#pragma once

#include <string>
#include <vector>

#include "state/store.h"

namespace sdcont {

/// The words of --filter for containers: docker's keys.
const std::vector<std::string>& container_filter_keys();

/// Leaves out what does not fit; throws Error for words that are not understood, and for before= and since=
/// of a container that there is not. `records` are all that there are.
std::vector<Record> filter_containers(const std::vector<std::string>& words, const Store& store,
                                      std::vector<Record> records);

}  // namespace sdcont
