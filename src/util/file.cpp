#include "util/file.h"

#include <dirent.h>
#include <sys/stat.h>

#include <array>
#include <climits>
#include <memory>

#include "util/error.h"

namespace sdcont {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const noexcept { closedir(dir); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

void remove_children(Fd fd, dev_t device, const std::string& path) {
  Directory directory(fdopendir(fd.get()));
  if (!directory) throw_errno("cannot list " + path);
  const int dir = fd.release();  // the DIR owns it now
  while (const dirent* entry = readdir(directory.get())) {
    if (is_dot(entry->d_name)) continue;
    if (entry->d_type != DT_DIR) {
      if (unlinkat(dir, entry->d_name, 0) == 0 || errno == ENOENT) continue;
      if (errno != EISDIR && errno != EPERM) throw_errno("cannot remove " + path + "/" + entry->d_name);
    }
    const std::string child = path + "/" + entry->d_name;
    Fd next(openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next && errno == ENOENT) continue;  // another command removes it, too
    if (!next) throw_errno("cannot remove " + child);
    struct stat st {};
    if (fstat(next.get(), &st) != 0) throw_errno("cannot look at " + child);
    if (st.st_dev != device)
      throw Error("refusing to remove " + child + ": another file system is mounted there");
    remove_children(std::move(next), device, child);
    if (unlinkat(dir, entry->d_name, AT_REMOVEDIR) != 0 && errno != ENOENT)
      throw_errno("cannot remove " + child);
  }
}

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
  Fd fd(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && errno == ENOENT) return;
  if (!fd) throw_errno("cannot remove " + name);
  struct stat st {};
  if (fstat(fd.get(), &st) != 0) throw_errno("cannot look at " + name);
  remove_children(std::move(fd), st.st_dev, name);
  if (unlinkat(dir, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) throw_errno("cannot remove " + name);
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  const Directory directory(opendir(path.c_str()));
  if (!directory) {
    if (errno == ENOENT || errno == ENOTDIR) return names;
    throw_errno("cannot list " + path);
  }
  while (const dirent* entry = readdir(directory.get())) {
    if (!is_dot(entry->d_name)) names.emplace_back(entry->d_name);
  }
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
