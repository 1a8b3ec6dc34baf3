#pragma once

#include <string>

namespace sdcont {

/// Asks on the terminal whether to go on; without one it throws an Error that names --force.
bool confirm(const std::string& what);

}  // namespace sdcont
