#include "util/disk_use.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/fd.h"
#include "util/file.h"

namespace sdcont {

uint64_t disk_use(int dir, const std::string& name) {
  struct stat st {};
  if (fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  constexpr uint64_t kBlock = 512;
  uint64_t size = static_cast<uint64_t>(st.st_blocks) * kBlock;
  if (!S_ISDIR(st.st_mode)) return size;
  const Fd below(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!below) return size;
  for (const std::string& child : list_directory("/proc/self/fd/" + std::to_string(below.get()))) {
    size += disk_use(below.get(), child);
  }
  return size;
}

}  // namespace sdcont
