#pragma once

#include <string>

namespace sdcont {

/// The first path at which two trees differ: in kind, mode, owner, content, modification time (of what is no
/// directory), device, link text, number of names or extended attributes; empty where they are the same.
std::string first_difference(int one, int other);

}  // namespace sdcont
