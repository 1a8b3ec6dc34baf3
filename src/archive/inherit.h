#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// Directories that a layer's archive goes through without an entry of their own ("implicit" beside its tree
/// lists them) are as the layers below have them: mode, owner, time and extended attributes. overlayfs would
/// show those of the topmost layer that has the directory. `layer`: directory with "tree"; `lowers`: trees,
/// the topmost first.
///
/// A layer is unpacked once for all images that have it: the first of them decides.
void inherit_attributes(const std::string& layer, const std::vector<std::string>& lowers);

/// Writes the list; none where there is nothing to list.
void write_implicit(const std::string& layer, const std::vector<std::string>& paths);

}  // namespace sdcont
