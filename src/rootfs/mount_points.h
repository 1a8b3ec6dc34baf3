#pragma once

#include <initializer_list>
#include <string>

namespace sdcont {

/// A directory with what every container has mounts on, as it is found below /: empty directories and files.
/// It is laid under an image, so that what that lacks of them need not be made in each container's own layer,
/// told from what the container has written, and removed.

/// Where it can be, in the first of these places whose file system may have layers: with them, all files of a
/// root have one device; and an overlay on another may be one too many (FILESYSTEM_MAX_STACK_DEPTH, 2).
/// Empty: in none.
std::string mount_points_in(std::initializer_list<std::string> places);
/// Makes it where it is missing. Throws Error.
void make_mount_points(const std::string& directory);

}  // namespace sdcont
