#include "util/file.h"

#include <dirent.h>
#include <sys/stat.h>

#include <array>
#include <climits>

#include "util/error.h"

namespace sdcont {
namespace {

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/// The names in a directory, a part at a time. By getdents64(2): readdir(3)'s stream costs more than an
/// entry.
class Entries {
 public:
  explicit Entries(int directory) : directory_(directory) {}

  /// Null at the end, or, with errno set, where the directory cannot be read.
  const dirent64* next() {
    for (;;) {
      if (at_ >= size_) {
        errno = 0;
        size_ = getdents64(directory_, buffer_.data(), buffer_.size());
        at_ = 0;
        if (size_ < 0 && errno == ENOENT) errno = 0;  // somebody else has removed the directory itself
        if (size_ <= 0) return nullptr;
      }
      const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at_);
      at_ += entry->d_reclen;
      if (!is_dot(entry->d_name)) return entry;
    }
  }

 private:
  int directory_;
  ssize_t at_ = 0, size_ = 0;
  alignas(dirent64) std::array<char, 4096> buffer_{};
};

/// Of one tree. A directory that is deep in it is moved to the top first, so that neither our descriptors nor
/// our stack end before it does.
class Removal {
 public:
  /// `top`: the tree's own directory; `path` is what it is called.
  Removal(int top, std::string path) : top_(top), path_(std::move(path)) {
    struct stat st {};
    if (fstat(top, &st) != 0) throw_errno("cannot look at " + path_);
    device_ = st.st_dev;
  }

  void run() {
    do {
      moved_ = false;
      lseek(top_, 0, SEEK_SET);
      remove_children(top_, path_, 0);
    } while (moved_);
  }

 private:
  static constexpr int kDeepest = 64;

  void remove_children(int dir, const std::string& path, int depth) {
    Entries entries(dir);
    while (const dirent64* entry = entries.next()) {
      const std::string child = path + "/" + entry->d_name;
      if (entry->d_type != DT_DIR) {
        if (unlinkat(dir, entry->d_name, 0) == 0 || errno == ENOENT) continue;
        if (errno != EISDIR && errno != EPERM) throw_errno("cannot remove " + child);
      }
      remove_directory(dir, entry->d_name, child, depth + 1);
    }
    if (errno != 0) throw_errno("cannot list " + path);
  }

  void remove_directory(int parent, const char* name, const std::string& path, int depth) {
    if (depth > kDeepest) return move_to_top(parent, name, path);
    const Fd directory(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory && errno == ENOENT) return;  // another command removes it, too
    if (!directory) throw_errno("cannot remove " + path);
    struct stat st {};
    if (fstat(directory.get(), &st) != 0) throw_errno("cannot look at " + path);
    if (st.st_dev != device_)
      throw Error("refusing to remove " + path + ": another file system is mounted there");
    remove_children(directory.get(), path, depth);
    if (unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT) throw_errno("cannot remove " + path);
  }

  void move_to_top(int parent, const char* name, const std::string& path) {
    moved_ = true;
    for (;;) {
      const std::string temporary = ".removed-" + std::to_string(count_++);
      if (renameat2(parent, name, top_, temporary.c_str(), RENAME_NOREPLACE) == 0 || errno == ENOENT) return;
      if (errno != EEXIST) throw_errno("cannot remove " + path);
    }
  }

  int top_;
  std::string path_;
  dev_t device_ = 0;
  uint64_t count_ = 0;
  bool moved_ = false;
};

}  // namespace

Fd open_file(const std::string& path, int flags, mode_t mode) { return open_at(AT_FDCWD, path, flags, mode); }

Fd open_at(int dir, const std::string& path, int flags, mode_t mode) {
  Fd fd(openat(dir, path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) throw_errno("cannot open " + path);
  return fd;
}

std::string read_fd(int fd, const std::string& name, size_t limit) {
  std::string text;
  std::array<char, 8192> buffer{};
  for (;;) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot read " + name);
    if (n == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(n));
    if (text.size() > limit) throw Error("cannot read " + name, EFBIG);
  }
}

std::string read_file(const std::string& path, size_t limit) {
  return read_fd(open_file(path, O_RDONLY).get(), path, limit);
}

std::optional<std::string> read_at_if(int dir, const std::string& path) {
  const Fd fd(openat(dir, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  try {
    return read_fd(fd.get(), path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> read_file_if(const std::string& path) { return read_at_if(AT_FDCWD, path); }

int try_write_control(const std::string& path, const std::string& text) noexcept {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  const ssize_t n = write(fd.get(), text.data(), text.size());
  if (n < 0) return errno;
  return static_cast<size_t>(n) == text.size() ? 0 : EIO;
}

void write_control(const std::string& path, const std::string& text) {
  if (const int error = try_write_control(path, text))
    throw Error("cannot write '" + text + "' to " + path, error);
}

void write_all(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot write");
    done += static_cast<size_t>(n);
  }
}

void write_atomic(int dir, const std::string& name, const std::string& text, Durability durability,
                  mode_t mode) {
  const std::string temporary = "." + name + "." + std::to_string(getpid());
  try {
    const Fd fd = open_at(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    write_all(fd.get(), text);
    if (durability == Durability::synced && fsync(fd.get()) != 0) throw_errno("cannot sync " + name);
    if (renameat(dir, temporary.c_str(), dir, name.c_str()) != 0) throw_errno("cannot rename " + name);
    if (durability == Durability::synced && fsync(dir) != 0)
      throw_errno("cannot sync the directory of " + name);
  } catch (const Error&) {
    unlinkat(dir, temporary.c_str(), 0);
    throw;
  }
}

std::vector<std::string> make_directories(const std::string& path, mode_t mode) {
  std::vector<std::string> made;
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), mode) == 0) {
      made.push_back(part);
    } else if (errno != EEXIST) {
      throw_errno("cannot make the directory " + part);
    }
    if (end == std::string::npos) return made;
  }
}

Fd open_private_directory(const std::string& path) {
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) {
    const size_t slash = path.rfind('/');
    if (slash != 0 && slash != std::string::npos) make_directories(path.substr(0, slash), 0755);
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_errno("cannot make the directory " + path);
    fd.reset(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!fd) throw_errno("cannot open the directory " + path);
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) throw_errno("cannot look at " + path);
  if (st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
    throw Error("the directory " + path + " is not safe: others than the user who runs sdcont can write it")
        .remedy("look at what is in it, then: chown " + std::to_string(geteuid()) + " " + path +
                " && chmod 700 " + path);
  }
  if ((st.st_mode & 077) != 0 && fchmod(fd.get(), 0700) != 0) throw_errno("cannot make private: " + path);
  return fd;
}

void remove_tree(int dir, const std::string& name) {
  if (unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT || errno == ENOTDIR) return;
  if (errno != EISDIR && errno != EPERM) throw_errno("cannot remove " + name);
  const Fd fd(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return;
  if (!fd) throw_errno("cannot remove " + name);
  Removal(fd.get(), name).run();
  if (unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) throw_errno("cannot remove " + name);
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory && (errno == ENOENT || errno == ENOTDIR)) return names;
  if (!directory) throw_errno("cannot list " + path);
  Entries entries(directory.get());
  while (const dirent64* entry = entries.next()) names.emplace_back(entry->d_name);
  if (errno != 0) throw_errno("cannot list " + path);
  return names;
}

bool exists(const std::string& path) noexcept {
  return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

std::string read_link(const std::string& link) { return read_link_at(AT_FDCWD, link); }

std::string read_link_at(int dir, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t n = readlinkat(dir, name.c_str(), target.data(), target.size());
  return n < 0 ? std::string() : std::string(target.data(), static_cast<size_t>(n));
}

}  // namespace sdcont
