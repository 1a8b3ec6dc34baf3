#include "rootfs/build.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "rootfs/layer_notes.h"
#include "rootfs/mount_api.h"
#include "rootfs/mount_points.h"
#include "rootfs/resolve.h"
#include "rootfs/stage.h"
#include "rootfs/step.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

/// Nodes and directories get exactly the mode that the plan says.
class ClearUmask {
 public:
  ClearUmask() : before_(umask(0)) {}
  ~ClearUmask() { umask(before_); }
  ClearUmask(const ClearUmask&) = delete;
  ClearUmask& operator=(const ClearUmask&) = delete;

 private:
  mode_t before_;
};

/// The sources of the binds, detached, in the order of the steps. They are opened before anything is mounted,
/// so that a volume of "/" has none of the container's own mounts in it, and before the host's mounts become
/// private, so that a slave still has its master.
std::vector<Fd> open_sources(const MountPlan& plan) {
  std::vector<Fd> sources(plan.steps.size());
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].kind == MountKind::bind) sources[i] = open_bind_source(plan.steps[i]);
  }
  return sources;
}

/// Which mount a path leads to. "/.." is "/" again, but crosses into what is mounted on it.
uint64_t mount_id(const char* path) {
  struct statx st {};
  if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) != 0) {
    throw_errno("cannot look at the container's root");
  }
  return st.stx_mnt_id;
}

/// What is in the upper layers now was made by us.
void note_layers(const MountPlan& plan, const Fd& first) {
  for (const MountStep& step : plan.steps) {
    if (step.kind != MountKind::overlay) continue;
    Fd own;
    if (step.layer != plan.steps.front().layer) {
      own.reset(open(step.layer.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!own) continue;  // the host could not show it
    }
    try {
      note_layer(own ? own.get() : first.get(), step.target, step.lowers.front());
    } catch (const Error&) {
      if (!own) throw;  // else a file system of the host that is gone, where nothing can be written
    }
  }
}

void enter_root(int root) {
  if (fchdir(root) != 0) throw_errno("cannot enter the container's root");
  // Old root and new root at one place: the old one ends up on top, with what was mounted on it, and all of
  // it goes.
  if (syscall(SYS_pivot_root, ".", ".") != 0) {
    if (errno != EINVAL) throw_errno("cannot change to the container's root");
    throw Error("cannot change to the container's root", errno)
        .remedy("the root that sdcont runs in must be a mounted file system, not an initramfs or a chroot");
  }
  do {
    if (umount2(".", MNT_DETACH) != 0) throw_errno("cannot detach the host's root");
  } while (mount_id("/..") != mount_id("/"));
  if (chdir("/") != 0) throw_errno("cannot enter the container's root");
}

}  // namespace

void build_root(const MountPlan& plan, int storage) {
  if (plan.steps.empty() || plan.steps.front().target != "/") {
    throw Error("a mount plan begins with the root");
  }
  const ClearUmask umask_cleared;
  std::vector<Fd> sources = open_sources(plan);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    throw_errno("cannot separate the container's mounts from the host's");
  }
  if (storage >= 0) {
    const std::string layers = parent_path(plan.steps.front().layer);
    attach_mount(storage, open_file(layers, O_PATH | O_DIRECTORY | O_NOFOLLOW).get(), layers);
  }
  if (!plan.mount_points.empty()) make_mount_points(plan.mount_points);
  const Fd root = make_root(plan.steps.front());
  const Fd own_layer = open_file(plan.steps.front().layer, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  // Nobody looks into the layer by its path any more: the overlay has it.
  Stage stage(plan.steps.front().layer);
  stage.attach_root(root.get());
  StepRunner runner(root.get(), &stage);
  for (size_t i = 1; i < plan.steps.size(); ++i) runner.run(plan.steps[i], std::move(sources[i]));
  note_layers(plan, own_layer);
  enter_root(root.get());
}

void mount_cgroups(const MountPlan& plan, std::vector<Fd> own) {
  if (plan.cgroups.empty()) return;
  const ClearUmask umask_cleared;
  const Fd root = open_file("/", O_PATH | O_DIRECTORY);
  StepRunner runner(root.get(), nullptr);
  auto next = own.begin();
  for (const MountStep& step : plan.cgroups) {
    const bool given = step.kind == MountKind::cgroup && next != own.end();
    runner.run(step, given ? std::move(*next++) : Fd());
  }
}

void bind_console(int root, int terminal) {
  const std::string path = "/dev/console";
  const Fd own_root = root < 0 ? open_file("/", O_PATH | O_DIRECTORY) : Fd();
  const int dir = root < 0 ? own_root.get() : root;
  if (isatty(terminal) == 0) throw_errno("cannot make " + path + " of what is no terminal");
  Fd target = try_open_in_root(dir, path, O_PATH, 0, Links::refuse);
  if (!target) target = make_file_in_root(dir, path, Links::refuse);
  const Fd console = clone_mount(terminal, "", false, "the terminal over " + path);
  attach_mount(console.get(), target.get(), path);
}

}  // namespace sdcont
