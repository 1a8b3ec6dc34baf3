#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/tar_writer.h"
#include "util/fd.h"

namespace sdcont {

struct PackOptions {
  /// Seconds: no file of the archive is later (SOURCE_DATE_EPOCH).
  std::optional<int64_t> latest;
  /// What is mounted below the tree is an empty directory, or an empty file; what the kernel shows of itself
  /// (procfs, sysfs, …) is in any case.
  bool one_mount = false;
};

/// Writes files as members of a tar (pax): owners by number, modes, modification times, hard links, devices,
/// fifos, holes, extended attributes with capabilities and ACLs. Sockets are left out. Links are never
/// followed.
class Packer {
 public:
  /// `sink` must live as long; `name`: what is packed, for messages.
  Packer(const PackOptions& options, const ByteSink& sink, const std::string& name)
      : options_(options), tar_(sink, name) {}

  /// What `base` is in a directory (empty: the file that `dir` is open on), without what is below it; `path`:
  /// the member's name.
  void add(int dir, const std::string& base, const std::string& path);
  /// The same with all that is below it, in the order of names, so that the same tree makes the same bytes.
  void add_tree(int dir, const std::string& base, const std::string& path);
  /// An empty file of root's.
  void add_mark(const std::string& path);
  void close() { tar_.close(); }

 private:
  struct Extent {
    off_t start, end;
  };

  TarEntry entry_of(int dir, const std::string& base, const std::string& path, const struct stat& st) const;
  void add_mounted(const std::string& path, mode_t type);
  static Fd open_content(int dir, const std::string& base, const std::string& path);
  void add_file(int dir, const std::string& base, const TarEntry& entry, const struct stat& st,
                const std::string& path);
  void copy_hole(off_t size);
  void copy(int fd, const Extent& extent, const std::string& path);
  static std::vector<Extent> extents(int fd, off_t size);

  PackOptions options_;
  TarWriter tar_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  ///< the first name of what has several
  std::vector<char> buffer_;
};

/// A tar of a directory itself ("./") and all that is below it.
void pack_tree(int directory, const PackOptions& options, const ByteSink& sink, const std::string& name);

}  // namespace sdcont
