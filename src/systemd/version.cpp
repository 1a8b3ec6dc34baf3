#include "systemd/version.h"

#include <sys/stat.h>

#include <algorithm>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kName = "systemd-version";

/// "DEVICE:INODE:TIME" of a file; empty where it cannot be seen.
std::string identity(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return join({std::to_string(status.st_dev), std::to_string(status.st_ino),
               std::to_string(status.st_mtim.tv_sec), std::to_string(status.st_mtim.tv_nsec)},
              ":");
}

}  // namespace

int parse_systemd_version(const std::string& text) {
  constexpr const char* kDigits = "0123456789";
  const size_t begin = std::min(text.find_first_of(kDigits), text.size());
  const size_t end = std::min(text.find_first_not_of(kDigits, begin), text.size());
  return static_cast<int>(parse_unsigned(text.substr(begin, end - begin)).value_or(0));
}

int remembered_systemd_version(SystemdManager& systemd, const std::string& directory,
                               const std::string& executable) {
  const std::string now = identity(executable);
  const auto kept = words(read_file_if(directory + "/" + kName).value_or(""));
  if (!now.empty() && kept.size() == 2 && kept[0] == now) {
    if (const int version = parse_systemd_version(kept[1]); version != 0) return version;
  }
  const int version = systemd.version();
  if (now.empty() || version == 0) return version;
  try {
    const Fd dir = open_private_directory(directory);
    write_atomic(dir.get(), kName, now + " " + std::to_string(version) + "\n", Durability::visible);
  } catch (const Error&) {
    // then the next one asks again
  }
  return version;
}

}  // namespace sdcont
