#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <string>

#include "util/fd.h"

namespace sdcont {

/// A file system that is being configured: fsopen, fsconfig, fsmount.
class NewFileSystem {
 public:
  explicit NewFileSystem(std::string type);

  /// One parameter; an empty value makes it a flag.
  void set(const std::string& key, const std::string& value);
  /// Creates it and returns a mount of it that is attached nowhere yet. `attributes`: MOUNT_ATTR_*.
  Fd mount(uint64_t attributes);

 private:
  [[noreturn]] void fail(const std::string& doing) const;

  std::string type_;
  Fd fd_;
};

/// A detached copy of the mount at dir/path (path may be empty: dir itself), optionally with all mounts below
/// it. Throws Error, naming `name`.
Fd clone_mount(int dir, const char* path, bool recursive, const std::string& name);

/// Whether something else is mounted on dir/name (never followed) than what its directory is in, whoever's
/// mount namespace `dir` is of. (Device numbers do not tell: overlayfs shows those of its layers.)
bool is_mount_point(int dir, const std::string& name);

/// Attaches a detached mount on what `target` is open on; `name` is for the message.
void attach_mount(int mount, int target, const std::string& name);

/// Adds MOUNT_ATTR_* to a mount, optionally to all mounts below it too; propagation 0 leaves that as it is.
void add_attributes(int mount, uint64_t attributes, uint64_t propagation, bool recursive,
                    const std::string& name);

}  // namespace sdcont
