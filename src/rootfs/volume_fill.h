#pragma once

#include <string>

namespace sdcont {

/// Fills an empty volume (its _data in `directory`) with what the container's root has where it will be
/// mounted: content, owners, modes, and the owner and mode of the directory itself. What was begun and not
/// completed is begun anew; of two containers that start at once one waits for the other. `target`: a
/// directory of the root.
void fill_volume(const std::string& directory, int target);

}  // namespace sdcont
