#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "state/volumes.h"

namespace sdcont {

/// Keeps those that fit all of the words of --filter: name=PART, label=KEY[=VALUE], dangling=true|false.
void filter_volumes(const std::vector<std::string>& filters, const VolumeStore& store,
                    std::vector<Volume>& volumes);

}  // namespace sdcont
