#include <sys/stat.h>

#include "systemd/manager.h"

namespace sdcont {

bool systemd_booted(const std::string& run) {
  struct stat status {};
  return lstat((run + "/systemd/system").c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace sdcont
