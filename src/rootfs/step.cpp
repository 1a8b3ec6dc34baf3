#include "rootfs/step.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>

#include "rootfs/cgroup_limits.h"
#include "rootfs/credentials.h"
#include "rootfs/device.h"
#include "rootfs/mount_api.h"
#include "rootfs/overlay.h"
#include "rootfs/passwd.h"
#include "rootfs/resolve.h"
#include "rootfs/volume.h"
#include "rootfs/volume_fill.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

Links links_of(const MountStep& step) { return step.follow ? Links::follow : Links::refuse; }

/// A mount of the host whose server or daemon is gone, or lets nobody else in.
bool is_unreachable(int error) {
  return error == EACCES || error == EPERM || error == ESTALE || error == ENOTCONN || error == EIO ||
         error == ENOENT || error == ENODEV || error == EHOSTDOWN || error == EHOSTUNREACH ||
         error == ETIMEDOUT;
}

/// An overlay refuses what is below it: a file, a file system with names of its own kind, or two overlays
/// already.
bool is_no_lower(int error) {
  return error == EINVAL || error == ENOTDIR || error == EOPNOTSUPP || error == ELOOP;
}

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR; }

bool is_directory(int fd, const std::string& name) {
  struct stat st {};
  if (fstat(fd, &st) != 0) throw_errno("cannot look at " + name);
  return S_ISDIR(st.st_mode);
}

/// Whether it is the image's or the host's, not a kernel file system's.
bool is_of_root(int target) {
  struct statfs st {};
  return fstatfs(target, &st) == 0 && st.f_type == OVERLAYFS_SUPER_MAGIC;
}

/// What a link in the root may have turned a harmless target into. Mounts in procfs would fake what the
/// kernel says to us and to the command's own checks.
void refuse_procfs(int target, const std::string& name) {
  struct statfs st {};
  if (fstatfs(target, &st) != 0) throw_errno("cannot look at " + name);
  if (st.f_type == PROC_SUPER_MAGIC) throw Error("cannot mount on " + name + ": it leads into /proc");
}

}  // namespace

Fd open_bind_source(const MountStep& step) {
  try {
    Fd source = clone_mount(AT_FDCWD, step.source.c_str(), step.recursive, step.source);
    add_attributes(source.get(), step.attributes, step.propagation, step.recursive, step.source);
    is_directory(source.get(), step.source);  // throws where a daemon is gone
    return source;
  } catch (const Error& error) {
    if (step.from_user && error.error() == ENOENT) throw error.remedy("what is bound must exist on the host");
    if (!step.optional || !is_unreachable(error.error())) throw;
    return {};
  }
}

Fd make_root(const MountStep& step) { return make_overlay(step); }

void StepRunner::run(const MountStep& step, Fd source) {
  const bool may_cover = step.follow || is_within(own_.path, step.target);
  if (may_cover) own_ = {};
  switch (step.kind) {
    case MountKind::overlay:
      return show_host_mount(step);
    case MountKind::bind:
      return bind(step, source);
    case MountKind::filesystem:
      return mount_filesystem(step);
    case MountKind::file:
      return mount_file(step);
    case MountKind::device:
      return make_device(step);
    case MountKind::symlink:
      return make_symlink(step);
    case MountKind::directory:
      directory_target(step);
      return;
    case MountKind::mask:
      return mask(step);
    case MountKind::readonly_path:
      return make_path_readonly(step);
    case MountKind::readonly_mount:
      return make_mount_readonly(step);
    case MountKind::credentials:
      return show_credentials(step);
    case MountKind::sysctl:
      return write_sysctl(step);
    case MountKind::own_file:
      return write_own_file(step);
    case MountKind::cgroup:
      return mount_cgroup(step, source);
    case MountKind::cgroup_limits:
      return keep_cgroup_limits(directory_target(step).get(), step.target);
  }
}

bool StepRunner::is_in_own(const MountStep& step) const {
  return own_.directory && parent_path(step.target) == own_.path;
}

Fd StepRunner::directory_target(const MountStep& step) const {
  if (is_in_own(step)) {
    const std::string name = base_name(step.target);
    if (mkdirat(own_.directory.get(), name.c_str(), step.mode) != 0 && errno != EEXIST)
      throw_errno("cannot make " + step.target + " in the container's root");
    return open_at(own_.directory.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  }
  Fd target = try_open_in_root(root_, step.target, O_PATH | O_DIRECTORY, 0, links_of(step));
  if (target) return target;
  if (errno == ELOOP && !step.follow) {
    throw Error("the root's " + step.target + " is, or is below, a symbolic link: nothing is mounted there");
  }
  if (errno != ENOENT) throw_errno("cannot use " + step.target + " in the container's root");
  return make_directory_in_root(root_, step.target, step.mode, links_of(step));
}

Fd StepRunner::parent_directory(const MountStep& step) const {
  MountStep parent_step = step;
  parent_step.target = parent_path(step.target);
  return directory_target(parent_step);
}

void StepRunner::mount_filesystem(const MountStep& step) {
  Fd mount;
  try {
    NewFileSystem filesystem(step.source);
    filesystem.set("source", step.source);
    for (const auto& [key, value] : step.options) filesystem.set(key, value);
    mount = filesystem.mount(step.attributes);
  } catch (const Error& error) {
    if (step.optional && error.error() == ENODEV) return;
    throw;
  }
  const Fd target = directory_target(step);
  if (step.from_user) refuse_procfs(target.get(), step.target);
  attach_mount(mount.get(), target.get(), step.target);
  const bool is_own = step.source == "tmpfs" && !step.follow;
  if (is_own && (!own_.directory || !is_within(step.target, own_.path)))
    own_ = {step.target, std::move(mount)};
}

void StepRunner::bind(const MountStep& step, const Fd& source) const {
  if (!source) return show_nothing(step);
  const bool directory = is_directory(source.get(), step.source);
  Fd target = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  const bool is_new = !target;
  if (is_new) {
    if (!is_missing(errno)) throw_errno("cannot use " + step.target + " in the container's root");
    if (step.optional) return;
    target = directory ? make_directory_in_root(root_, step.target, 0755, links_of(step))
                       : make_file_in_root(root_, step.target, links_of(step));
  }
  if (step.from_user) refuse_procfs(target.get(), step.target);
  if (directory != is_directory(target.get(), step.target)) {
    throw Error("cannot mount " + step.source + " on " + step.target + ": " +
                (directory ? "the one is a directory, the other is not"
                           : "the one is a file, the other a directory"));
  }
  if (step.fill && !is_new && is_of_root(target.get())) fill_volume(parent_path(step.source), target.get());
  attach_mount(source.get(), target.get(), step.target);
}

void StepRunner::mount_cgroup(const MountStep& step, const Fd& source) {
  if (source) return attach_mount(source.get(), directory_target(step).get(), step.target);
  MountStep anew = step;
  anew.source = step.source.empty() ? "cgroup2" : "cgroup";
  mount_filesystem(anew);
}

void StepRunner::show_host_mount(const MountStep& step) const {
  const Fd target = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  if (!target && is_missing(errno)) return;  // below a mount that could not be shown
  if (!target) throw_errno("cannot use " + step.target + " in the container's root");
  try {
    attach_mount(make_overlay(step).get(), target.get(), step.target);
  } catch (const Error& error) {
    if (is_unreachable(error.error())) return show_nothing(step);
    if (!is_no_lower(error.error())) throw;
    MountStep readonly = step;
    readonly.source = step.lowers.front();
    readonly.attributes |= MOUNT_ATTR_RDONLY;
    bind(readonly, open_bind_source(readonly));
  }
}

void StepRunner::show_nothing(const MountStep& step) const {
  const Fd target = try_open_in_root(root_, step.target, O_PATH | O_DIRECTORY, 0, links_of(step));
  if (target) attach_mount(stage_->empty_directory().get(), target.get(), step.target);
}

void StepRunner::mount_file(const MountStep& step) const {
  Fd target = try_open_in_root(root_, step.target, O_PATH);
  try {
    if (!target) target = make_file_in_root(root_, step.target);
  } catch (const Error& error) {
    if (error.error() == EROFS) return;  // a read-only volume at /etc that comes without it
    throw;
  }
  refuse_procfs(target.get(), step.target);
  if (is_directory(target.get(), step.target)) {
    throw Error(step.target + " of the container's root is a directory");
  }
  attach_mount(stage_->file(step.source, step.attributes).get(), target.get(), step.target);
}

bool StepRunner::made_node(const MountStep& step) const {
  if (is_in_own(step)) return make_node(own_.directory.get(), base_name(step.target), step.device);
  const Fd parent = parent_directory(step);
  struct statvfs st {};
  if (fstatvfs(parent.get(), &st) != 0) throw_errno("cannot look at " + parent_path(step.target));
  // Outside of our own /dev the directory may be a volume's, that is the host's.
  const bool ours = !step.follow && (st.f_flag & ST_NODEV) == 0;
  return ours && make_node(parent.get(), base_name(step.target), step.device);
}

void StepRunner::make_device(const MountStep& step) const {
  if (made_node(step)) return;
  const Fd device = stage_->device(step.device);
  Fd target = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  if (!target) target = make_file_in_root(root_, step.target, links_of(step));
  attach_mount(device.get(), target.get(), step.target);
}

void StepRunner::make_symlink(const MountStep& step) const {
  const Fd other = is_in_own(step) ? Fd() : parent_directory(step);
  const int parent = other ? other.get() : own_.directory.get();
  if (symlinkat(step.source.c_str(), parent, base_name(step.target).c_str()) == 0) return;
  throw_errno("cannot make the link " + step.target);
}

void StepRunner::mask(const MountStep& step) const {
  const Fd target = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  if (!target && is_missing(errno)) return;
  if (!target) throw_errno("cannot mask " + step.target);
  const Fd nothing =
      is_directory(target.get(), step.target) ? stage_->empty_directory() : stage_->null_device();
  attach_mount(nothing.get(), target.get(), step.target);
}

void StepRunner::make_path_readonly(const MountStep& step) const {
  const Fd target = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  if (!target && is_missing(errno)) return;
  if (!target) throw_errno("cannot make " + step.target + " read-only");
  const Fd copy = clone_mount(target.get(), "", true, step.target);
  add_attributes(copy.get(), MOUNT_ATTR_RDONLY, 0, true, step.target);
  attach_mount(copy.get(), target.get(), step.target);
}

void StepRunner::make_mount_readonly(const MountStep& step) const {
  const Fd mount = try_open_in_root(root_, step.target, O_PATH, 0, links_of(step));
  if (!mount && is_missing(errno) && step.optional) return;
  if (!mount) throw_errno("cannot make " + step.target + " read-only");
  try {
    add_attributes(mount.get(), MOUNT_ATTR_RDONLY, 0, false, step.target);
  } catch (const Error& error) {
    // EINVAL: no mount is there.
    if (!step.optional || error.error() != EINVAL) throw;
  }
}

void StepRunner::show_credentials(const MountStep& step) const {
  const Fd mount = make_credentials(step.options, look_up_user(root_, step.source));
  add_attributes(mount.get(), step.attributes, MS_PRIVATE, false, step.target);
  attach_mount(mount.get(), directory_target(step).get(), step.target);
}

void StepRunner::write_sysctl(const MountStep& step) const {
  const std::string what = "cannot write '" + step.source + "' to " + step.target;
  const Fd file = try_open_in_root(root_, step.target, O_WRONLY, 0, Links::refuse);
  if (!file && errno == ENOENT)
    throw Error(what).remedy("this kernel has no such setting in the container's namespaces");
  if (!file || write(file.get(), step.source.data(), step.source.size()) < 0) throw_errno(what);
}

void StepRunner::write_own_file(const MountStep& step) const {
  const Fd parent = parent_directory(step);
  const std::string name = base_name(step.target);
  if (unlinkat(parent.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    throw_errno("cannot replace " + step.target + " of the container's root");
  const Fd file = open_at(parent.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, step.mode);
  write_all(file.get(), step.source);
  const std::array times{kOwnFileTime, kOwnFileTime};
  check(futimens(file.get(), times.data()), "cannot date a file of the container's root");
}

}  // namespace sdcont
