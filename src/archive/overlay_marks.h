#pragma once

#include <string>

namespace sdcont {

/// Whether dir/name is what overlayfs has for a removed file: the character device 0:0.
bool is_overlay_whiteout(int dir, const std::string& name);
/// Makes a directory hide what lower layers have in it. Throws Error, with the remedy where the file system
/// has no such attributes.
void set_opaque(const std::string& directory);

}  // namespace sdcont
