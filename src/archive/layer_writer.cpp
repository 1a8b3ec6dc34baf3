#include "archive/layer_writer.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "archive/overlay_marks.h"
#include "archive/xattrs.h"
#include "rootfs/mount_api.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

// The image specification's (layer.md), which has them from aufs.
constexpr const char* kWhiteout = ".wh.";
constexpr const char* kOpaque = ".wh..wh..opq";
constexpr const char* kAufs = ".wh..wh.";  // aufs' own files, which mean nothing elsewhere
constexpr uint64_t kCheckEvery = uint64_t{16} << 20;
constexpr uint64_t kMostRoomLeft = uint64_t{1} << 30;

bool is_directory(int dir, const std::string& base) {
  struct stat st {};
  return fstatat(dir, base.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

std::string without_slashes(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

timespec time_of(time_t seconds, long nanoseconds) { return {seconds, nanoseconds}; }

template <typename Id>
Id checked_id(la_int64_t id, const std::string& path) {
  constexpr la_int64_t kLargest = 0xfffffffe;  // -1 is nobody
  if (id >= 0 && id <= kLargest) return static_cast<Id>(id);
  throw Error("'" + printable(path) + "' belongs to the number " + std::to_string(id) + ", which cannot be");
}

}  // namespace

LayerWriter::LayerWriter(int tree, std::string name) : tree_(tree), name_(std::move(name)) {}

LayerWriter::LayerWriter(int root, const std::string& below, std::string name)
    : tree_(root), is_layer_(false), below_(without_slashes(below)), name_(std::move(name)) {}

void LayerWriter::fail(const std::string& path, int error) const {
  constexpr size_t kShown = 200;  // bytes: an archive may name what is as long as it likes
  const std::string shown = path.size() > kShown ? path.substr(0, kShown) + "…" : path;
  throw Error("cannot unpack '" + printable(shown) + "' of " + name_, error)
      .remedy(is_layer_ && (error == ENOSPC || error == EDQUOT)
                  ? "make room, or choose another place with --root"
                  : "");
}

LayerWriter::Attributes LayerWriter::attributes_of(archive_entry* entry, const std::string& path) const {
  Attributes attributes;
  attributes.mode = archive_entry_perm(entry) & 07777;
  attributes.uid = checked_id<uid_t>(archive_entry_uid(entry), path);
  attributes.gid = checked_id<gid_t>(archive_entry_gid(entry), path);
  attributes.times[1] = time_of(archive_entry_mtime(entry), archive_entry_mtime_nsec(entry));
  attributes.times[0] = archive_entry_atime_is_set(entry) != 0
                            ? time_of(archive_entry_atime(entry), archive_entry_atime_nsec(entry))
                            : attributes.times[1];
  archive_entry_xattr_reset(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    if (is_kept_xattr(name))
      attributes.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  for (Xattr& acl : acl_xattrs(entry)) attributes.xattrs.push_back(std::move(acl));
  return attributes;
}

void LayerWriter::write(archive_entry* entry, ArchiveReader& reader) {
  const std::string path = path_of(archive_entry_pathname(entry));
  const Attributes attributes = attributes_of(entry, path);
  if (path == below_ + "/") {
    if (archive_entry_filetype(entry) != AE_IFDIR)
      throw Error(name_ + " has an entry for its root that is no directory");
    if (!is_layer_) return;
    directories_.push_back({path, attributes});
    implicit_.erase(path);
    return;
  }
  const Place where = place(path);
  return is_layer_ ? make_layer_entry(where, entry, attributes, reader)
                   : make_entry(where, entry, attributes, reader);
}

void LayerWriter::make_layer_entry(const Place& where, archive_entry* entry, const Attributes& attributes,
                                   ArchiveReader& reader) {
  if (where.base == kOpaque) return set_opaque(descriptor_path(where.dir));
  if (where.base.starts_with(kAufs)) return;
  if (where.base.starts_with(kWhiteout))
    return whiteout(where, where.base.substr(std::string(kWhiteout).size()));
  make_entry(where, entry, attributes, reader);
}

void LayerWriter::make_entry(const Place& where, archive_entry* entry, const Attributes& attributes,
                             ArchiveReader& reader) {
  if (const char* target = archive_entry_hardlink(entry)) return make_hard_link(where, path_of(target));
  switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
      return make_directory(where, attributes);
    case AE_IFREG:
      return make_file(where, entry, attributes, reader);
    default:
      return make_other(where, entry, attributes);
  }
}

// It hides what lower layers have, not what this one has: of a directory of this layer only the lower ones'
// part.
void LayerWriter::whiteout(const Place& where, const std::string& hidden) const {
  if (hidden.empty() || hidden == "." || hidden == "..") {
    throw Error(name_ + " has a whiteout of nothing: '" + printable(where.path) + "'");
  }
  if (mknodat(where.dir, hidden.c_str(), S_IFCHR, makedev(0, 0)) == 0) {
    constexpr timespec kNoTime[2] = {};  // unpacked again it is the same
    if (utimensat(where.dir, hidden.c_str(), kNoTime, AT_SYMLINK_NOFOLLOW) != 0) fail(where.path, errno);
    return;
  }
  if (errno != EEXIST) fail(where.path, errno);
  if (is_directory(where.dir, hidden)) set_opaque(descriptor_path(where.dir) + "/" + hidden);
}

void LayerWriter::make(const Place& where, const std::function<int()>& create) {
  if (create() >= 0) return;
  if (errno != EEXIST) fail(where.path, errno);
  clear(where);
  if (create() < 0) fail(where.path, errno);
}

void LayerWriter::clear(const Place& where) const {
  if (is_layer_) return remove_tree(where.dir, where.base);
  if (is_directory(where.dir, where.base))
    throw Error("cannot put a file in place of the directory " + printable(where.path));
  // unlink(2) would take the mount away from who has it, where that is not our mount namespace
  if (is_mount_point(where.dir, where.base)) fail(where.path, EBUSY);
  if (unlinkat(where.dir, where.base.c_str(), 0) != 0 && errno != ENOENT) fail(where.path, errno);
}

void LayerWriter::make_directory(const Place& where, Attributes attributes) {
  const auto create = [&] { return mkdirat(where.dir, where.base.c_str(), 0700); };
  if (!is_directory(where.dir, where.base)) {
    const bool hides = is_layer_ && is_overlay_whiteout(where.dir, where.base);
    if (!is_layer_ && faccessat(where.dir, where.base.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
      throw Error("cannot put a directory in place of the file " + printable(where.path));
    make(where, create);
    if (hides) set_opaque(descriptor_path(where.dir) + "/" + where.base);
  }
  if (implicit_.erase(where.path) == 0 && !implicit_.empty())
    implicit_.erase(real_path(where.dir) + "/" + where.base);
  directories_.push_back({where.path, std::move(attributes)});
}

void LayerWriter::make_file(const Place& where, archive_entry* entry, const Attributes& attributes,
                            ArchiveReader& reader) {
  Fd file;
  make(where, [&] {
    file.reset(openat(where.dir, where.base.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      attributes.mode & 0777));
    return file.get();
  });
  const auto size = static_cast<uint64_t>(archive_entry_size(entry));
  if (size > 0 && copy_content(file.get(), where, reader) < size) {
    if (ftruncate(file.get(), static_cast<off_t>(size)) != 0) fail(where.path, errno);  // it ends in a hole
  }
  bytes_ += size;
  // in this order: a new owner takes set-user-id bits and capabilities away
  if ((attributes.uid != 0 || attributes.gid != 0) && fchown(file.get(), attributes.uid, attributes.gid) != 0)
    fail(where.path, errno);
  if ((attributes.mode & 07000) != 0 && fchmod(file.get(), attributes.mode) != 0) fail(where.path, errno);
  set_xattrs(descriptor_path(file.get()), where, attributes.xattrs);
  if (futimens(file.get(), attributes.times.data()) != 0) fail(where.path, errno);
}

uint64_t LayerWriter::copy_content(int fd, const Place& where, ArchiveReader& reader) {
  std::span<const char> piece;
  uint64_t offset = 0;
  uint64_t end = 0;
  while (reader.read(piece, offset)) {
    end = offset + piece.size();
    unchecked_ += piece.size();
    if (unchecked_ >= kCheckEvery) leave_room(where);
    while (!piece.empty()) {
      const ssize_t n = pwrite(fd, piece.data(), piece.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) fail(where.path, n == 0 ? ENOSPC : errno);
      piece = piece.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
  }
  return end;
}

// What grows without end when it is unpacked must not take the last byte from the machine.
void LayerWriter::leave_room(const Place& where) {
  unchecked_ = 0;
  struct statvfs fs {};
  if (fstatvfs(tree_, &fs) != 0) return;
  const uint64_t least = std::min<uint64_t>(kMostRoomLeft, fs.f_blocks * fs.f_frsize / 50);
  if (fs.f_bavail * fs.f_frsize < least) fail(where.path, ENOSPC);
}

void LayerWriter::make_hard_link(const Place& where, const std::string& target) {
  if (target == where.path) return;
  const Fd from = try_open_in_root(tree_, parent_path(target), O_PATH | O_DIRECTORY);
  const std::string name = base_name(target);
  struct stat st {};
  if (!from || fstatat(from.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error(name_ + ": '" + printable(where.path) + "' is a link to '" + printable(target) +
                "', which is not there");
  }
  if (S_ISDIR(st.st_mode))
    throw Error(name_ + ": '" + printable(where.path) + "' is a hard link to a directory");
  make(where, [&] { return linkat(from.get(), name.c_str(), where.dir, where.base.c_str(), 0); });
}

void LayerWriter::make_other(const Place& where, archive_entry* entry, const Attributes& attributes) {
  const mode_t type = archive_entry_filetype(entry);
  const char* base = where.base.c_str();
  if (type == AE_IFLNK) {
    const char* text = archive_entry_symlink(entry);
    if (text == nullptr || *text == '\0')
      throw Error(name_ + ": the link '" + printable(where.path) + "' has no text");
    make(where, [&] { return symlinkat(text, where.dir, base); });
  } else if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO) {
    const dev_t device =
        type == AE_IFIFO ? 0 : makedev(archive_entry_rdevmajor(entry), archive_entry_rdevminor(entry));
    make(where, [&] { return mknodat(where.dir, base, type | (attributes.mode & 0777), device); });
  } else {
    throw Error(name_ + ": '" + printable(where.path) + "' is of a kind that no file has");
  }
  if (fchownat(where.dir, base, attributes.uid, attributes.gid, AT_SYMLINK_NOFOLLOW) != 0)
    fail(where.path, errno);
  set_xattrs(descriptor_path(where.dir) + "/" + where.base, where, attributes.xattrs);
  if (utimensat(where.dir, base, attributes.times.data(), AT_SYMLINK_NOFOLLOW) != 0) fail(where.path, errno);
}

void LayerWriter::set_xattrs(const std::string& path, const Place& where, const std::vector<Xattr>& xattrs) {
  for (const auto& [name, value] : xattrs) {
    // a path that ends in a descriptor is a link to what we mean; else the last component is what we mean
    const bool descriptor = path.rfind('/') == std::string("/proc/self/fd").size();
    const int result = descriptor ? setxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0)
                                  : lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0);
    if (result == 0) continue;
    // tmpfs has no user.* before Linux 6.6, and links and nodes have them nowhere
    if (errno != EOPNOTSUPP && (errno != EPERM || !name.starts_with("user."))) fail(where.path, errno);
    left_out_.insert(name);
  }
}

void LayerWriter::finish() {
  parent_.reset();
  for (const PendingDirectory& directory : directories_) {
    const Fd fd = try_open_in_root(tree_, directory.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
      continue;  // replaced by a later entry
    const Attributes& attributes = directory.attributes;
    if (!fd || fchown(fd.get(), attributes.uid, attributes.gid) != 0 ||
        fchmod(fd.get(), attributes.mode) != 0) {
      fail(directory.path, errno);
    }
    set_xattrs(descriptor_path(fd.get()), {directory.path, fd.get(), ""}, attributes.xattrs);
    if (futimens(fd.get(), attributes.times.data()) != 0) fail(directory.path, errno);
  }
}

}  // namespace sdcont
