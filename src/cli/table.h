#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// Rows under a head, columns as wide as they need to be and three spaces apart, as docker prints its lists.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace sdcont
