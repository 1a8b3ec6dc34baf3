#pragma once

#include "rootfs/plan.h"
#include "rootfs/stage.h"
#include "util/fd.h"

namespace sdcont {

/// A detached copy of what a MountKind::bind step shows, with its attributes; empty where the step is
/// optional and the host cannot show it.
Fd open_bind_source(const MountStep& step);

/// The root itself, detached: the first step of a plan.
Fd make_root(const MountStep& step);

/// Performs steps inside a root, each on descriptors that were resolved inside it.
class StepRunner {
 public:
  /// `stage` may be null where no step needs one (mask, file, device, and what is optional).
  StepRunner(int root, Stage* stage) : root_(root), stage_(stage) {}

  /// `source`: of a bind, from open_bind_source; of a cgroup, or empty: it is mounted anew then.
  void run(const MountStep& step, Fd source);

 private:
  Fd directory_target(const MountStep& step) const;
  [[nodiscard]] bool is_in_own(const MountStep& step) const;
  Fd parent_directory(const MountStep& step) const;
  void mount_filesystem(const MountStep& step);
  void bind(const MountStep& step, const Fd& source) const;
  void mount_cgroup(const MountStep& step, const Fd& source);
  void show_host_mount(const MountStep& step) const;
  void show_nothing(const MountStep& step) const;
  void mount_file(const MountStep& step) const;
  bool made_node(const MountStep& step) const;
  void make_device(const MountStep& step) const;
  void make_symlink(const MountStep& step) const;
  void mask(const MountStep& step) const;
  void make_path_readonly(const MountStep& step) const;
  void make_mount_readonly(const MountStep& step) const;
  void show_credentials(const MountStep& step) const;
  void write_sysctl(const MountStep& step) const;
  void write_own_file(const MountStep& step) const;

  /// A file system that we have mounted, as long as nothing can have covered it: what is in it is ours.
  struct Own {
    std::string path;
    Fd directory;
  };

  int root_;
  Stage* stage_;
  Own own_;  ///< the last tmpfs that is not in another
};

}  // namespace sdcont
