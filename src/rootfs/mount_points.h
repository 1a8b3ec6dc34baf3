#pragma once

#include <string>

namespace sdcont {

/// A directory with what every container has mounts on, as it is found below /: empty directories and files.
/// It is laid under an image, so that what that lacks of them need not be made in each container's own layer,
/// told from what the container has written, and removed. Made where it is missing. Throws Error.
void make_mount_points(const std::string& directory);

}  // namespace sdcont
