#include "util/kernel_file.h"

#include <fcntl.h>

#include <array>

#include "util/fd.h"

namespace sdcont {

std::optional<std::string> read_kernel_file_if(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 4096> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  const ssize_t n = read(fd.get(), text.data(), text.size());
  if (n < 0) return std::nullopt;
  return std::string(text.data(), static_cast<size_t>(n));
}

}  // namespace sdcont
