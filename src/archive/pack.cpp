#include "archive/pack.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "archive/interrupt.h"
#include "archive/stream.h"
#include "archive/xattrs.h"
#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string link_text(int dir, const std::string& base) {
  std::string text = read_link_at(dir, base);
  if (text.empty()) throw_errno("cannot read the link " + printable(base));
  return text;
}

/// What the kernel shows of itself: no files that anybody could keep.
bool is_of_kernel(int dir, const std::string& base) {
  constexpr long kMqueueMagic = 0x19800202;  // ipc/mqueue.c
  struct statfs fs {};
  const Fd fd(openat(dir, base.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || fstatfs(fd.get(), &fs) != 0) return false;
  constexpr std::array<long, 6> kTypes = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
                                          CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, kMqueueMagic};
  return std::find(kTypes.begin(), kTypes.end(), fs.f_type) != kTypes.end();
}

}  // namespace

TarEntry Packer::entry_of(int dir, const std::string& base, const std::string& path,
                          const struct stat& st) const {
  TarEntry entry(archive_entry_new());
  archive_entry_copy_stat(entry.get(), &st);
  archive_entry_copy_pathname(entry.get(), path.c_str());
  archive_entry_unset_atime(entry.get());
  archive_entry_unset_ctime(entry.get());
  archive_entry_unset_birthtime(entry.get());
  if (options_.latest && st.st_mtim.tv_sec >= *options_.latest)
    archive_entry_set_mtime(entry.get(), *options_.latest, 0);
  for (const auto& [name, value] : kept_xattrs(dir, base)) {
    archive_entry_xattr_add_entry(entry.get(), name.c_str(), value.data(), value.size());
  }
  return entry;
}

void Packer::add(int dir, const std::string& base, const std::string& path) {
  check_interrupted();
  struct stat st {};
  if (fstatat(dir, base.c_str(), &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
    throw_errno("cannot look at " + printable(path));
  if (S_ISSOCK(st.st_mode)) return;  // it is nothing without who listens
  const TarEntry entry = entry_of(dir, base, path, st);
  if (!S_ISDIR(st.st_mode) && st.st_nlink > 1) {
    const auto [first, is_new] = links_.emplace(std::pair(st.st_dev, st.st_ino), path);
    if (!is_new) {
      archive_entry_copy_hardlink(entry.get(), first->second.c_str());
      archive_entry_set_size(entry.get(), 0);
      return tar_.header(entry);
    }
  }
  if (S_ISREG(st.st_mode)) return add_file(dir, base, entry, st, path);
  if (S_ISLNK(st.st_mode)) archive_entry_copy_symlink(entry.get(), link_text(dir, base).c_str());
  tar_.header(entry);
}

void Packer::add_tree(int dir, const std::string& base, const std::string& path) {
  add(dir, base, path);
  const Fd below(openat(dir, base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!below && (errno == ENOTDIR || errno == ELOOP)) return;
  if (!below) throw_errno("cannot read the directory " + printable(path));
  auto names = list_directory(descriptor_path(below.get()));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string member = path == "./" ? name : path + "/" + name;
    struct stat st {};
    if (is_mount_point(below.get(), name) && (options_.one_mount || is_of_kernel(below.get(), name)) &&
        fstatat(below.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
      add_mounted(member, st.st_mode & S_IFMT);
    } else if (fstatat(below.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
      add_tree(below.get(), name, member);
    } else {
      add(below.get(), name, member);
    }
  }
}

void Packer::add_mounted(const std::string& path, mode_t type) {
  if (type != S_IFDIR) return add_mark(path);
  TarEntry entry(archive_entry_new());
  archive_entry_copy_pathname(entry.get(), path.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFDIR);
  archive_entry_set_perm(entry.get(), 0755);
  archive_entry_set_mtime(entry.get(), 0, 0);
  tar_.header(entry);
}

void Packer::add_mark(const std::string& path) {
  TarEntry entry(archive_entry_new());
  archive_entry_copy_pathname(entry.get(), path.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), 0);
  tar_.header(entry);
}

std::vector<Packer::Extent> Packer::extents(int fd, off_t size) {
  std::vector<Extent> list;
  for (off_t at = 0; at < size;) {
    const off_t start = lseek(fd, at, SEEK_DATA);
    if (start < 0) break;  // ENXIO: a hole up to the end
    const off_t end = lseek(fd, start, SEEK_HOLE);
    if (end < 0) return {{0, size}};
    list.push_back({start, std::min(end, size)});
    at = end;
  }
  return list;
}

// In place of the file that was looked at there may be another by now: a FIFO must not keep us waiting.
Fd Packer::open_content(int dir, const std::string& base, const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK;
  Fd fd = base.empty() ? open_file(descriptor_path(dir), kFlags) : open_at(dir, base, kFlags | O_NOFOLLOW);
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) throw_errno("cannot look at " + printable(path));
  if (!S_ISREG(st.st_mode)) throw Error(printable(path) + " became another kind of file while it was read");
  return fd;
}

// A file that changes meanwhile has the size that its header says: zeros fill it, what is more is left out.
void Packer::add_file(int dir, const std::string& base, const TarEntry& entry, const struct stat& st,
                      const std::string& path) {
  const Fd fd = open_content(dir, base, path);
  const off_t size = st.st_size;
  auto data = extents(fd.get(), size);
  const bool whole = size == 0 || (data.size() == 1 && data[0].start == 0 && data[0].end == size);
  if (!whole) {
    for (const Extent& extent : data) {
      archive_entry_sparse_add_entry(entry.get(), extent.start, extent.end - extent.start);
    }
    if (data.empty()) archive_entry_sparse_add_entry(entry.get(), size, 0);
  }
  tar_.header(entry);
  off_t at = 0;
  for (const Extent& extent : data) {
    copy_hole(extent.start - at);
    copy(fd.get(), extent, path);
    at = extent.end;
  }
  copy_hole(size - at);
}

// libarchive counts holes as content that is zero.
void Packer::copy_hole(off_t size) {
  static const std::vector<char> zeros(kPiece);
  while (size > 0) {
    const size_t n = std::min<size_t>(zeros.size(), static_cast<size_t>(size));
    tar_.data({zeros.data(), n});
    size -= static_cast<off_t>(n);
  }
}

void Packer::copy(int fd, const Extent& extent, const std::string& path) {
  buffer_.resize(kPiece);
  for (off_t at = extent.start; at < extent.end;) {
    check_interrupted();
    const size_t want = std::min<size_t>(buffer_.size(), static_cast<size_t>(extent.end - at));
    const ssize_t n = pread(fd, buffer_.data(), want, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot read " + printable(path));
    if (n == 0) return copy_hole(extent.end - at);
    tar_.data({buffer_.data(), static_cast<size_t>(n)});
    at += n;
  }
}

void pack_tree(int directory, const PackOptions& options, const ByteSink& sink, const std::string& name) {
  Packer packer(options, sink, name);
  packer.add_tree(directory, ".", "./");
  packer.close();
}

}  // namespace sdcont
