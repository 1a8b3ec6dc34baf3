#pragma once

#include <set>
#include <string>

namespace sdcont {

/// What is kept beside the upper layer of an overlay, in NAME/notes.
struct LayerNotes {
  std::string mount_point;     ///< in the container; of the host's view that on the host, too
  std::string file_system;     ///< of the topmost lower directory, as statfs(2) tells them apart
  std::set<std::string> made;  ///< paths that were in the upper layer before the command ran: mount points
};

/// Writes them, at the end of a container's first start, when all that is in layer/upper was made by us;
/// later ones leave them as they are. `lower`: the topmost lower directory.
void note_layer(int layer, const std::string& mount_point, const std::string& lower);

bool has_layer_notes(int layer);
/// Throws Error where there are none.
LayerNotes read_layer_notes(int layer);

/// What tells the file system of a file from others: the same after a reboot where the file system can say
/// so.
std::string file_system_id(int fd);

}  // namespace sdcont
