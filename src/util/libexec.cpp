#include "util/libexec.h"

#include "util/error.h"
#include "util/file.h"

namespace sdcont {

std::string libexec_file(const std::string& name) {
  const std::string binary = read_link("/proc/self/exe");
  const std::string directory = binary.substr(0, binary.rfind('/') + 1);
  const std::string beside = directory + name;
  if (exists(beside)) return beside;
  const std::string installed = directory + SDCONT_LIBEXECDIR + "/" + name;
  if (exists(installed)) return installed;
  throw Error("cannot find " + name + " (looked for " + beside + " and " + installed + ")", ENOENT)
      .remedy("install sdcont again");
}

}  // namespace sdcont
