#include "container/layers.h"

#include <fcntl.h>

#include <algorithm>

#include "container/storage.h"
#include "rootfs/mount_api.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

Fd open_lower(const std::string& path) {
  // A mount of it alone: where something is mounted on a directory in it, what is below that was seen.
  const Fd mount = clone_mount(AT_FDCWD, path.c_str(), false, path);
  return open_at(mount.get(), ".", O_RDONLY | O_DIRECTORY);
}

/// Of a launch that came to nothing, or over what the host could not show.
bool is_unused(const Fd& layer) {
  if (has_layer_notes(layer.get())) return false;
  const Fd upper(openat(layer.get(), "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return !upper || list_directory("/proc/self/fd/" + std::to_string(upper.get())).empty();
}

OpenOverlay open_overlay(const Record& record, const Fd& layer) {
  OpenOverlay overlay;
  overlay.notes = read_layer_notes(layer.get());
  overlay.upper = open_at(layer.get(), "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const std::string& mount_point = overlay.notes.mount_point;
  if (record.root.kind == Root::Kind::image) {
    for (const std::string& lower : record.root.layers) overlay.lowers.push_back(open_lower(lower));
    return overlay;
  }
  overlay.lowers.push_back(open_lower(record.root.kind == Root::Kind::host ? mount_point : record.root.path));
  if (file_system_id(overlay.lowers.front().get()) != overlay.notes.file_system) {
    throw Error("the file system at " + printable(mount_point) + " is not the one that container " +
                record.name + " was over")
        .remedy("mount that one again");
  }
  return overlay;
}

}  // namespace

OverlayLayers OpenOverlay::layers() const {
  OverlayLayers layers;
  layers.mount_point = notes.mount_point;
  layers.upper = upper.get();
  for (const Fd& lower : lowers) layers.lowers.push_back(lower.get());
  layers.made = &notes.made;
  return layers;
}

void require_own_root(const Record& record) {
  if (record.root.kind != Root::Kind::none) return;
  throw Error("container " + record.name + " has no root of its own (--no-rootfs)")
      .remedy("its files are this machine's");
}

std::vector<OpenOverlay> open_overlays(const Record& record) {
  require_own_root(record);
  if (record.status == Status::dead || record.layer.empty()) {
    throw Error("it is not known what container " + record.name + " has written: its record is damaged");
  }
  const Fd directory = open_storage(record);
  std::vector<OpenOverlay> overlays;
  for (const std::string& name : list_directory("/proc/self/fd/" + std::to_string(directory.get()))) {
    if (name == "lost+found") continue;  // of a file system of the layers' own
    const Fd layer(openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (layer && !is_unused(layer)) overlays.push_back(open_overlay(record, layer));
  }
  std::sort(overlays.begin(), overlays.end(), [](const OpenOverlay& a, const OpenOverlay& b) {
    return a.notes.mount_point < b.notes.mount_point;
  });
  return overlays;
}

}  // namespace sdcont
