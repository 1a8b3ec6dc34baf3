#pragma once

#include <optional>
#include <string>

namespace sdcont {

/// A short file of procfs or a cgroup (at most a page) in one read; nothing where it cannot be read. What is
/// asked of each of many containers is to cost no more system calls than it must.
std::optional<std::string> read_kernel_file_if(const std::string& path);

}  // namespace sdcont
