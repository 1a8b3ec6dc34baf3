#pragma once

#include <string>

namespace sdcont {

/// The path of a file of ours that is not a command (sdcont-init): beside our own binary, as
/// in the build tree, or where it is installed. Throws Error with the remedy where it is in neither.
std::string libexec_file(const std::string& name);

}  // namespace sdcont
