#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "state/volumes.h"

namespace sdcont {

/// Keeps those that fit all of the words of --filter: name=PART, label=KEY[=VALUE], dangling=true|false.
void filter_volumes(const std::vector<std::string>& filters, const VolumeStore& store,
                    std::vector<Volume>& volumes);

int volume_ls(const GlobalOptions& global, const std::vector<std::string>& args);
int volume_inspect(const GlobalOptions& global, const std::vector<std::string>& args);

}  // namespace sdcont
