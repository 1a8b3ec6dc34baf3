#include "container/root_view.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

#include "container/layers.h"
#include "container/storage.h"
#include "rootfs/host_view.h"
#include "rootfs/mount_api.h"
#include "rootfs/overlay.h"
#include "rootfs/resolve.h"
#include "rootfs/step.h"
#include "rootfs/volume.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

Fd open_running_root(const Record& record) {
  const Fd process = open_process(record.init);
  const Error gone("container " + record.name + " has just ended");
  if (!process) throw gone;
  Fd root = open_file("/proc/" + std::to_string(record.init.pid) + "/root", O_PATH | O_DIRECTORY);
  // Looked at after it was opened: the pid may have become somebody else's before.
  if (!is_running(record.init)) throw gone;
  return root;
}

/// The steps that made the container's overlays, from the notes beside them.
std::vector<MountStep> overlay_steps(const Record& record, const std::vector<OpenOverlay>& overlays) {
  std::vector<MountStep> steps;
  for (const OpenOverlay& overlay : overlays) {
    const std::string& mount_point = overlay.notes.mount_point;
    std::vector<std::string> lowers = {mount_point};
    if (record.root.kind == Root::Kind::directory) lowers = {record.root.path};
    if (record.root.kind == Root::Kind::image) lowers = record.root.layers;
    steps.push_back(plan_overlay(mount_point, std::move(lowers), {record.layer, false}, MOUNT_ATTR_NODEV));
  }
  return steps;
}

std::vector<MountStep> volume_steps(const Record& record) {
  std::vector<MountStep> steps;
  for (const Mount& mount : record.mounts) {
    MountStep step = plan_volume(mount);
    step.optional = true;  // it may be gone by now
    if (step.kind == MountKind::bind) steps.push_back(std::move(step));
  }
  std::stable_sort(steps.begin(), steps.end(), [](const MountStep& a, const MountStep& b) {
    return std::count(a.target.begin(), a.target.end(), '/') <
           std::count(b.target.begin(), b.target.end(), '/');
  });
  return steps;
}

void leave_mount_namespace() {
  check(unshare(CLONE_NEWNS), "cannot make a mount namespace");
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr),
        "cannot separate our mounts from the host's");
}

Fd build_ended_root(const Record& record) {
  const std::vector<OpenOverlay> open = open_overlays(record);  // keeps a mount of their own meanwhile
  const std::vector<MountStep> overlays = overlay_steps(record, open);
  if (overlays.empty()) throw Error("container " + record.name + " never ran: it has no root");
  const std::vector<MountStep> volumes = volume_steps(record);
  leave_mount_namespace();
  std::vector<Fd> sources;
  for (const MountStep& volume : volumes) {
    try {
      sources.push_back(open_bind_source(volume));
    } catch (const Error& error) {
      if (error.error() != ENOENT) throw;
      sources.emplace_back();
    }
  }
  if (const Fd storage = mount_storage(record)) {
    attach_mount(storage.get(), open_file(record.layer, O_PATH | O_DIRECTORY | O_NOFOLLOW).get(),
                 record.layer);
  }
  const Fd root = make_overlay(overlays.front());
  // A mount that is attached nowhere takes no others. This one goes with our namespace.
  const std::string place = overlays.front().layer;
  attach_mount(root.get(), open_file(place, O_PATH | O_DIRECTORY | O_NOFOLLOW).get(), place);
  Fd view = open_file(place, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  StepRunner runner(view.get(), nullptr);
  for (size_t i = 1; i < overlays.size(); ++i) runner.run(overlays[i], Fd());
  for (size_t i = 0; i < volumes.size(); ++i) {
    if (sources[i]) runner.run(volumes[i], std::move(sources[i]));
  }
  return view;
}

}  // namespace

Fd open_container_root(const Record& record) {
  require_own_root(record);
  if (record.status == Status::launching) throw Error("container " + record.name + " is just being started");
  return record.status == Status::running ? open_running_root(record) : build_ended_root(record);
}

}  // namespace sdcont
