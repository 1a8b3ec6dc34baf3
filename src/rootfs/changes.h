#pragma once

#include <sys/stat.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace sdcont {

enum class ChangeKind : char { added = 'A', changed = 'C', removed = 'D' };

/// One difference between an overlay and what is below it. The descriptors are good during the callback, for
/// fstatat(2) and openat(2) with `name`; they never lead through a link.
struct Change {
  ChangeKind kind = ChangeKind::changed;
  std::string path;  ///< absolute, in the container
  /// False for a directory that is here only because of what changed in it, or because of its time.
  bool own = true;
  /// A file that is the same as below, and has further names by which it is told of, too (hard links).
  bool only_names = false;
  struct stat upper {};  ///< what it is now; zeros where it was removed
  struct stat lower {};  ///< what it was; zeros where it was added
  int upper_dir = -1;    ///< holds it now; -1 where it was removed
  int lower_dir = -1;    ///< held it: of several layers the topmost that had it; -1 where it was added
  std::string name;      ///< in these directories; "." for the overlay's own root
};

/// An overlay whose layers lie open.
struct OverlayLayers {
  std::string mount_point;  ///< in the container: "/", or that of a file system of the host
  int upper = -1;           ///< directories; not of O_PATH
  std::vector<int> lowers;  ///< the topmost first
  const std::set<std::string>* made = nullptr;  ///< NAME/made: what was there before the command ran
};

/// Tells of each difference, directories before what is in them, names in the order of their bytes. What was
/// copied up and is the same as below, in content, mode, owner, times and attributes, is no difference; nor
/// is an untouched mount point of sdcont's own (`made`). A directory in which something changed is one
/// ("C"), a removed one is told of without what was in it, and one that was removed and made anew ("opaque")
/// as what is different in it. Whiteouts and opaque directories are read as overlayfs has them without
/// redirects and metacopies; in the lower layers too. The upper layer may change meanwhile. Keeps the names
/// of the directories on the way in memory, and a descriptor of each of them per layer.
void find_changes(const OverlayLayers& layers, const std::function<void(const Change&)>& tell);

/// Whether a directory of an upper or image layer hides what is below it.
bool is_opaque(int dir, const std::string& name);
/// Whether it stands for what was removed: the character device 0:0.
bool is_whiteout(const struct stat& status);

}  // namespace sdcont
