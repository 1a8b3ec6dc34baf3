#include "rootfs/mount_api.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "util/error.h"

namespace sdcont {
namespace {

/// What the kernel has to say about the last failure ("e overlay: …"); empty on kernels that only log it.
std::string kernel_message(int context) {
  std::array<char, 512> buffer{};
  std::string text;
  for (;;) {
    const ssize_t n = read(context, buffer.data(), buffer.size());
    if (n <= 2) return text;
    if (buffer[0] != 'e') continue;  // warnings and notes
    if (!text.empty()) text += ", ";
    text.append(buffer.data() + 2, static_cast<size_t>(n - 2));
    while (!text.empty() && text.back() == '\n') text.pop_back();
  }
}

}  // namespace

NewFileSystem::NewFileSystem(std::string type)
    : type_(std::move(type)), fd_(fsopen(type_.c_str(), FSOPEN_CLOEXEC)) {
  if (fd_) return;
  if (errno == ENODEV) throw Error("this kernel has no file system '" + type_ + "'", errno);
  throw_errno("cannot begin to mount " + type_);
}

void NewFileSystem::fail(const std::string& doing) const {
  const int error = errno;
  const std::string message = kernel_message(fd_.get());
  throw Error(message.empty() ? doing : doing + " (" + message + ")", error);
}

void NewFileSystem::set(const std::string& key, const std::string& value) {
  const auto command = value.empty() ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  if (fsconfig(fd_.get(), command, key.c_str(), value.empty() ? nullptr : value.c_str(), 0) == 0) return;
  fail(type_ + " does not take the option " + key + (value.empty() ? "" : "=" + value));
}

Fd NewFileSystem::mount(uint64_t attributes) {
  if (fsconfig(fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    fail("cannot make the file system " + type_);
  }
  Fd mount(fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!mount) fail("cannot mount " + type_);
  return mount;
}

Fd clone_mount(int dir, const char* path, bool recursive, const std::string& name) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  Fd mount(open_tree(dir, path, flags));
  if (!mount) throw_errno("cannot bind " + name);
  return mount;
}

void attach_mount(int mount, int target, const std::string& name) {
  if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0) return;
  throw_errno("cannot mount on " + name);
}

void add_attributes(int mount, uint64_t attributes, uint64_t propagation, bool recursive,
                    const std::string& name) {
  struct mount_attr attr {};
  attr.attr_set = attributes;
  // The access time settings are values of one field: the kernel wants the field cleared with any of them.
  if ((attributes & MOUNT_ATTR__ATIME) != 0) attr.attr_clr = MOUNT_ATTR__ATIME;
  attr.propagation = propagation;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  if (mount_setattr(mount, "", flags, &attr, sizeof attr) != 0) {
    throw_errno("cannot change the mount " + name);
  }
}

bool is_mount_point(int dir, const std::string& name) {
  struct statx st {};
  return statx(dir, name.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &st) == 0 &&
         (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace sdcont
