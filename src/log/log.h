#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sdcont {

/// Which of the two a container wrote to.
enum class Stream { output, error_output };
inline constexpr size_t kStreams = 2;

/// A line that a container wrote, or a piece of one that is longer than kLongestLine.
struct LogEntry {
  uint64_t time_ns = 0;  ///< realtime, when it was read from the container
  Stream stream = Stream::output;
  std::string text;   ///< without the end of line
  bool whole = true;  ///< a line ends here
};

/// docker's and podman's: what is longer becomes several entries.
inline constexpr size_t kLongestLine = 16384;

/// Whose log it is.
struct LogIdentity {
  std::string id, name, image;
  std::string directory;  ///< of the container, where its files are
};

}  // namespace sdcont
