#pragma once

#include <cstdint>
#include <string>

namespace sdcont {

/// Bytes that a file, or a directory with all below it, takes on disk; 0 where there is none. Links are not
/// followed.
uint64_t disk_use(int dir, const std::string& name);

}  // namespace sdcont
