#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// Covers these words in our own command line, from `keep` characters of each on: everybody can read that in
/// /proc, and what we fork has the same.
void cover_in_command_line(const std::vector<std::string>& words, size_t (*keep)(const std::string& word));

}  // namespace sdcont
