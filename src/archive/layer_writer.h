#pragma once

#include <archive_entry.h>
#include <sys/stat.h>

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "archive/acl.h"
#include "archive/reader.h"
#include "util/fd.h"

namespace sdcont {

/// Writes the entries of a tar below a directory. Each path is resolved inside that directory, which nothing
/// that an archive says can leave.
///
/// A layer's become what overlayfs wants of a layer: whiteouts are devices 0:0, opaque directories have
/// trusted.overlay.opaque. (On the root of a layer overlayfs does not look at that: who mounts it must.)
/// Files for a place that is in use stay what they are, and replace neither a directory by something else,
/// nor the other way round, nor what something is mounted on.
class LayerWriter {
 public:
  /// Of a layer; `tree`: an empty directory. The umask must be 0.
  LayerWriter(int tree, std::string name);
  /// Of files that go to `below`, a directory in `root`, whose own attributes stay as they are.
  LayerWriter(int root, const std::string& below, std::string name);

  /// One entry, with its content from the reader.
  void write(archive_entry* entry, ArchiveReader& reader);
  /// After the last: modes, owners and times of directories, which writing in them would change.
  void finish();

  [[nodiscard]] uint64_t bytes() const { return bytes_; }  ///< of regular files
  /// Directories that are there because something is in them, and that the archive says nothing of.
  [[nodiscard]] const std::set<std::string>& implicit() const { return implicit_; }
  /// Extended attributes that this file system does not have, and that are not there therefore.
  [[nodiscard]] const std::set<std::string>& left_out() const { return left_out_; }

 private:
  struct Attributes {
    mode_t mode = 0755;
    uid_t uid = 0;
    gid_t gid = 0;
    std::array<timespec, 2> times{};  ///< access, modification
    std::vector<Xattr> xattrs;
  };
  struct PendingDirectory {
    std::string path;
    Attributes attributes;
  };

  /// A place for an entry: its path, the directory that it is in, and its name there.
  struct Place {
    std::string path;
    int dir;
    std::string base;
  };

  [[nodiscard]] Attributes attributes_of(archive_entry* entry, const std::string& path) const;
  [[nodiscard]] std::string path_of(const char* name) const;
  Place place(const std::string& path);
  void make_entry(const Place& where, archive_entry* entry, const Attributes& attributes,
                  ArchiveReader& reader);
  void make_layer_entry(const Place& where, archive_entry* entry, const Attributes& attributes,
                        ArchiveReader& reader);
  Fd open_parent(const std::string& path);
  [[nodiscard]] std::string real_path(int dir) const;
  void note_implicit(const std::string& path, int links = 0);
  void replace_whiteouts(const std::string& path) const;
  void whiteout(const Place& where, const std::string& hidden) const;
  void make_directory(const Place& where, Attributes attributes);
  void make_file(const Place& where, archive_entry* entry, const Attributes& attributes,
                 ArchiveReader& reader);
  void make_hard_link(const Place& where, const std::string& target);
  void make_other(const Place& where, archive_entry* entry, const Attributes& attributes);
  uint64_t copy_content(int fd, const Place& where, ArchiveReader& reader);
  void leave_room(const Place& where);
  void set_xattrs(const std::string& path, const Place& where, const std::vector<Xattr>& xattrs);
  void clear(const Place& where) const;
  /// Makes something that is no directory, once more where something else was in its way.
  void make(const Place& where, const std::function<int()>& create);
  [[noreturn]] void fail(const std::string& path, int error) const;

  int tree_;
  bool is_layer_ = true;
  std::string below_;  ///< of files: absolute, without a slash at its end
  std::string name_;
  std::string parent_path_;  ///< of parent_; empty is none
  Fd parent_;
  uint64_t bytes_ = 0;
  uint64_t unchecked_ = 0;  ///< bytes since the last look at the room that is left
  std::vector<PendingDirectory> directories_;
  std::set<std::string> implicit_ = {"/"};
  std::set<std::string> left_out_;
};

}  // namespace sdcont
