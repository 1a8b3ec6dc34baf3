#pragma once

#include <string>

namespace sdcont {

/// "web" and "web.slice" are the same; throws Error for what is no slice that can be limited.
std::string slice_name(const std::string& word);

}  // namespace sdcont
