#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// Puts NAME=value entries into a list of such, in the place of those with the same name.
void set_env(std::vector<std::string>& env, const std::vector<std::string>& entries);
/// The same for one entry, where there is none with its name.
void set_default_env(std::vector<std::string>& env, const std::string& entry);

}  // namespace sdcont
