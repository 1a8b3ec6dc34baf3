#include "rootfs/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

#include "rootfs/overlay.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr std::array kDirectories = {"", "/dev", "/etc", "/proc", "/sys"};
constexpr std::array kFiles = {"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"};

// The modes, too: an image that has no /etc gets this one, and the umask may be anything.
void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("cannot make the directory " + path);
  if (chmod(path.c_str(), 0755) != 0) throw_errno("cannot change the mode of " + path);
}

void make_file(const std::string& path) {
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);
  if (fchmod(file.get(), 0644) != 0) throw_errno("cannot change the mode of " + path);
}

bool may_have_layers(const std::string& path) {
  struct statfs st {};
  return statfs(path.c_str(), &st) == 0 && refused_as_upper(st.f_type) == nullptr;
}

}  // namespace

std::string mount_points_in(std::initializer_list<std::string> places) {
  const auto* place = std::find_if(places.begin(), places.end(), may_have_layers);
  return place == places.end() ? std::string() : *place + "/mount-points";
}

void make_mount_points(const std::string& directory) {
  if (exists(directory + kFiles.back())) return;  // the last that is made
  for (const char* name : kDirectories) make_directory(directory + name);
  for (const char* name : kFiles) make_file(directory + name);
}

}  // namespace sdcont
