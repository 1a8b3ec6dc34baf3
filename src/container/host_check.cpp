#include "container/host_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"
#include "util/xattr.h"

namespace sdcont {
namespace {

constexpr const char* kOrigin = "trusted.overlay.origin";

/// A file's handle, as the kernel has it.
class Handle {
 public:
  [[nodiscard]] file_handle* get() { return reinterpret_cast<file_handle*>(buffer_.data()); }
  [[nodiscard]] int type() { return get()->handle_type; }
  [[nodiscard]] std::string bytes() { return {buffer_.data() + sizeof(file_handle), get()->handle_bytes}; }
  bool assign(int type, const std::string& bytes) {
    if (bytes.size() > MAX_HANDLE_SZ) return false;
    get()->handle_type = type;
    get()->handle_bytes = static_cast<unsigned>(bytes.size());
    memcpy(buffer_.data() + sizeof(file_handle), bytes.data(), bytes.size());
    return true;
  }

 private:
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> buffer_{};
};

/// What the upper file or directory was copied from: nothing where it was not, or by a kernel or from a file
/// system that does not tell. struct ovl_fb, fs/overlayfs/overlayfs.h: version 0, magic 0xfb, length, flags,
/// type of the handle, 16 bytes of UUID, the handle.
std::optional<Handle> origin_of(const std::string& attribute) {
  constexpr size_t kHead = 5;
  constexpr size_t kUuid = 16;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(attribute[at]); };
  if (attribute.size() <= kHead + kUuid || byte(0) != 0 || byte(1) != 0xfb || byte(2) != attribute.size()) {
    return std::nullopt;
  }
  Handle handle;
  if (!handle.assign(byte(4), attribute.substr(kHead + kUuid))) return std::nullopt;
  return handle;
}

bool is_same(Handle origin, int dir, const std::string& name) {
  Handle now;
  now.get()->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(dir, name.c_str(), now.get(), &mount, 0) != 0) return true;  // it cannot be told
  return now.type() == origin.type() && now.bytes() == origin.bytes();
}

/// Whether what a file was copied from is there no more, under any name.
bool is_gone(Handle origin, int lower) {
  const Fd fd(open_by_handle_at(lower, origin.get(), O_PATH | O_CLOEXEC));
  return !fd && errno == ESTALE;
}

}  // namespace

bool HostCheck::is_later(const timespec& time) const {
  return static_cast<uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<uint64_t>(time.tv_nsec) >
         launched_ns_;
}

bool HostCheck::was_changed(const struct stat& lower) const {
  return is_later(lower.st_ctim) && !known_.contains({lower.st_dev, lower.st_ino});
}

// The path of what changed since in a tree; empty where nothing did.
std::string HostCheck::changed_below(int dir, const std::string& name, const std::string& path) {
  struct stat st {};
  if (fstatat(dir, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (was_changed(st)) return path;
  if (!S_ISDIR(st.st_mode)) {
    if (st.st_nlink > 1) known_.emplace(st.st_dev, st.st_ino);
    return {};
  }
  const Fd below = open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (const std::string& child : list_directory("/proc/self/fd/" + std::to_string(below.get()))) {
    std::string found = changed_below(below.get(), child, path + "/" + child);
    if (!found.empty()) return found;
  }
  return {};
}

std::string HostCheck::conflict(const Change& change, int lower) {
  std::string attribute;
  const bool has_upper = change.kind != ChangeKind::removed;
  const bool copied = has_upper && read_xattr(change.upper_dir, change.name, kOrigin, attribute);
  const auto origin = copied ? origin_of(attribute) : std::nullopt;
  if (change.kind == ChangeKind::added) {
    // A directory is copied up where it is, but a file may have been renamed after that.
    const bool directory = S_ISDIR(change.upper.st_mode);
    const bool gone = directory ? copied : origin && is_gone(*origin, lower);
    return gone ? change.path + " was removed" : "";
  }
  if (has_upper && S_ISDIR(change.upper.st_mode) && S_ISDIR(change.lower.st_mode)) {
    if (origin && change.name != "." && !is_same(*origin, change.lower_dir, change.name)) {
      return change.path + " was replaced";
    }
    return change.own && was_changed(change.lower) ? change.path + " was changed" : "";
  }
  if (change.only_names) return {};
  const std::string changed = changed_below(change.lower_dir, change.name, change.path);
  return changed.empty() ? "" : changed + " was changed";
}

}  // namespace sdcont
