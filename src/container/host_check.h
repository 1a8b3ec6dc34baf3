#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "rootfs/changes.h"

namespace sdcont {

/// Whether the host is still as a container saw it that was launched at a time. What is known is when a
/// file's content, metadata or name was changed last (its ctime, which nobody can set back; by the clock of
/// its file system, in ticks of some milliseconds), and which directory and file a copy in the upper layer
/// was made of (overlayfs notes its handle).
class HostCheck {
 public:
  explicit HostCheck(uint64_t launched_ns) : launched_ns_(launched_ns) {}

  /// Why a change must not be applied: "/etc/motd was changed"; empty where all is well. `lower`: the root of
  /// the overlay's lower directory, not of O_PATH.
  [[nodiscard]] std::string conflict(const Change& change, int lower);

  [[nodiscard]] bool is_later(const timespec& time) const;

 private:
  [[nodiscard]] bool was_changed(const struct stat& lower) const;
  [[nodiscard]] std::string changed_below(int dir, const std::string& name, const std::string& path);

  uint64_t launched_ns_;
  /// Files of several names that were well: applying a change of one of them is none of the others' by
  /// others.
  std::set<std::pair<dev_t, ino_t>> known_;
};

}  // namespace sdcont
