#pragma once

#include <optional>
#include <string>

#include "rootfs/layer_limit.h"
#include "state/store.h"
#include "util/fd.h"

namespace sdcont {

/// How the size of a container's layers would be limited here, and why not in a better way.
struct StorageChoice {
  LayerLimitKind kind = LayerLimitKind::quota;
  std::string because;
};
StorageChoice choose_storage(const StorePaths& paths);

/// "project-quota", "image" or "tmpfs".
const char* layer_limit_name(LayerLimitKind kind);
/// "64.0M by a project quota", for people.
std::string layer_limit_text(const LayerLimit& limit);

/// Makes the limit for a container whose directories are there, and whose record says it: a mount, attached
/// nowhere, to be put on the directory of its layers; none for a quota. What is made goes with
/// release_storage and the container's directories.
Fd make_storage(const Record& record);

/// The directory of the layers, wherever they are, to be read. Throws Error where they were in memory.
Fd open_storage(const Record& record);
/// The same, to be written, of a container that has ended: as make_storage gives it.
Fd mount_storage(const Record& record);

/// Gives back what does not go with the container's directories: the quota of its project.
void release_storage(const Record& record);

}  // namespace sdcont
