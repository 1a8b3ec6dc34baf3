#include "container/storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>

#include "rootfs/loop.h"
#include "rootfs/mount_api.h"
#include "rootfs/project_quota.h"
#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/spawn.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kImage = "layer.img";

std::string mkfs_program() {
  for (const char* directory : {"/usr/sbin/", "/sbin/", "/usr/bin/"}) {
    const std::string path = std::string(directory) + "mkfs.ext4";
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

/// Nearest to a reason: the first line of what a program had to say.
std::string first_line(int fd) {
  if (lseek(fd, 0, SEEK_SET) != 0) return {};
  return printable(split(std::string(trim(read_fd(fd, "its messages"))), '\n').front());
}

void run_mkfs(const std::vector<std::string>& args) {
  const Fd messages(check(memfd_create("mkfs", MFD_CLOEXEC), "cannot keep messages"));
  const pid_t pid = spawn(args, {.in = kNowhere, .out = kNowhere, .err = messages.get()}, Environment::empty);
  if (wait_for_child(pid) != 0) {
    throw Error("cannot make a file system for what the container writes: " + args.at(0) + ": " +
                first_line(messages.get()));
  }
}

std::string image_path(const Record& record) { return parent_path(record.layer) + "/" + kImage; }

Fd mount_image(const LoopDevice& device, uint64_t attributes) {
  NewFileSystem ext4("ext4");
  ext4.set("source", device.path);
  ext4.set("minixdf", "");  // df shows the size that was asked for; its own tables count as used
  return ext4.mount(attributes);
}

// At the first start; one that was killed meanwhile leaves none under its name.
Fd make_image(const Record& record) {
  const std::string path = image_path(record);
  if (exists(path)) return mount_storage(record);
  const std::string unfinished = path + ".new";
  const Fd file = open_file(unfinished, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  check(ftruncate(file.get(), static_cast<off_t>(record.layer_limit->size)), "cannot size an image file");
  std::vector<std::string> args = {mkfs_program(), "-q", "-F", "-m", "0", "-I", "256"};
  if (record.remove) args.insert(args.end(), {"-O", "^has_journal"});
  args.push_back(unfinished);
  run_mkfs(args);
  check(rename(unfinished.c_str(), path.c_str()), "cannot name an image file");
  return mount_image(loop_device(file.get()), 0);
}

/// What is kept beside the container's directories.
Fd mount_kept(const Record& record, uint64_t attributes) {
  const auto kind = record.layer_limit ? record.layer_limit->kind : LayerLimitKind::quota;
  if (kind == LayerLimitKind::quota) return {};
  if (kind == LayerLimitKind::memory) {
    throw Error("what container " + record.name +
                " writes is in a tmpfs of its own, which nobody else sees, and " + "which ends with it")
        .remedy("with e2fsprogs and loop devices, or project quotas, --storage-opt keeps it on disk");
  }
  const Fd file = open_file(image_path(record), O_RDWR | O_NOFOLLOW);
  return mount_image(loop_device(file.get()), attributes);
}

Fd make_tmpfs(const Record& record) {
  NewFileSystem tmpfs("tmpfs");
  tmpfs.set("source", "sdcont");
  tmpfs.set("size", std::to_string(record.layer_limit->size));
  tmpfs.set("mode", "700");
  return tmpfs.mount(0);
}

bool has_ext4() {
  const int fd = fsopen("ext4", FSOPEN_CLOEXEC);  // loads the module where there is one
  return static_cast<bool>(Fd(fd));
}

}  // namespace

const char* layer_limit_name(LayerLimitKind kind) {
  constexpr std::array kNames = {"project-quota", "image", "tmpfs"};
  return kNames.at(static_cast<size_t>(kind));
}

std::string layer_limit_text(const LayerLimit& limit) {
  constexpr std::array kTexts = {"by a project quota", "by an ext4 file system in a file",
                                 "in memory (tmpfs)"};
  return format_bytes(limit.size) + " " + kTexts.at(static_cast<size_t>(limit.kind));
}

StorageChoice choose_storage(const StorePaths& paths) {
  std::string path = paths.root + "/containers";
  while (!exists(path)) path = parent_path(path);  // what a dry run does not make
  // Without seccomp nothing keeps a container from leaving its project.
  const bool guarded = exists("/proc/sys/kernel/seccomp/actions_avail");
  if (guarded && has_project_quotas(open_file(path, O_RDONLY | O_DIRECTORY).get()))
    return {LayerLimitKind::quota, ""};
  if (mkfs_program().empty()) return {LayerLimitKind::memory, "there is no mkfs.ext4 here (e2fsprogs)"};
  if (!has_loop_devices()) return {LayerLimitKind::memory, "there are no loop devices here"};
  if (!has_ext4()) return {LayerLimitKind::memory, "this kernel has no ext4"};
  return {LayerLimitKind::image, "the file system of " + path + " enforces no project quotas"};
}

Fd make_storage(const Record& record) {
  if (!record.layer_limit) return {};
  switch (record.layer_limit->kind) {
    case LayerLimitKind::quota:
      limit_project(open_file(record.layer, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).get(),
                    record.layer_limit->project, record.layer_limit->size);
      return {};
    case LayerLimitKind::image:
      return make_image(record);
    case LayerLimitKind::memory:
      return make_tmpfs(record);
  }
  return {};
}

Fd open_storage(const Record& record) {
  // Read-only for us; the file system is not: it may be the container's own, and has a journal to be
  // replayed.
  const Fd mount = mount_kept(record, MOUNT_ATTR_RDONLY);
  if (mount) return open_at(mount.get(), ".", O_RDONLY | O_DIRECTORY);
  return open_file(record.layer, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

Fd mount_storage(const Record& record) { return mount_kept(record, 0); }

void release_storage(const Record& record) {
  if (!record.layer_limit || record.layer_limit->kind != LayerLimitKind::quota) return;
  const Fd layer(open(record.layer.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (layer) unlimit_project(layer.get(), record.layer_limit->project);
}

}  // namespace sdcont
