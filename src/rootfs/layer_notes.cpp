#include "rootfs/layer_notes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstring>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kNotes = "notes";

void list_made(int dir, const std::string& path, std::string& text) {
  for (const std::string& name : list_directory("/proc/self/fd/" + std::to_string(dir))) {
    const std::string child = path + "/" + name;
    text.append(child).append(1, '\0');
    const Fd below(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (below) list_made(below.get(), child, text);
  }
}

}  // namespace

std::string file_system_id(int fd) {
  struct statfs st {};
  if (fstatfs(fd, &st) != 0) throw_errno("cannot look at a file system");
  uint64_t id = 0;
  static_assert(sizeof st.f_fsid == sizeof id);
  memcpy(&id, &st.f_fsid, sizeof id);
  return fmt::format("{:x}:{:x}", st.f_type, id);
}

void note_layer(int layer, const std::string& mount_point, const std::string& lower) {
  if (has_layer_notes(layer)) return;
  std::string text = mount_point;
  text.append(1, '\0').append(file_system_id(open_file(lower, O_PATH | O_DIRECTORY).get())).append(1, '\0');
  list_made(open_at(layer, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get(),
            mount_point == "/" ? "" : mount_point, text);
  // No temporary name is needed: nothing runs before it is whole.
  write_all(open_at(layer, kNotes, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600).get(), text);
}

bool has_layer_notes(int layer) { return faccessat(layer, kNotes, F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

LayerNotes read_layer_notes(int layer) {
  const auto text = read_at_if(layer, kNotes);
  const auto parts = split(text.value_or(""), '\0');
  if (parts.size() < 3 || parts[0].empty() || parts[0][0] != '/') {
    throw Error(
        "it is not known what the container has written: its layer has no notes of where it was mounted");
  }
  LayerNotes notes{parts[0], parts[1], {}};
  notes.made.insert(parts.begin() + 2, parts.end() - 1);
  return notes;
}

}  // namespace sdcont
