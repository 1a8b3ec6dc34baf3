#pragma once

#include <string>

#include "rootfs/plan.h"

namespace sdcont {

/// The step for a mount that the user asked for (type bind, tmpfs, devpts, mqueue or sysfs; options in
/// mount(8)'s words). A bind is nodev unless "dev" is said, it is in /dev or the container is privileged, a
/// tmpfs nosuid, nodev and noexec unless the opposite is said. Throws Error for an unknown type or word, and
/// for a destination that is "/", /proc, or below /proc.
MountStep plan_volume(const Mount& mount, bool privileged = false);

/// MOUNT_ATTR_* as mount(8)'s words: "ro", "nosuid", …
std::vector<std::string> attribute_words(uint64_t attributes);

/// An absolute path without empty, "." and ".." components; throws Error for one that is not absolute.
std::string clean_path(const std::string& path);
/// True for the path itself and for what is below it.
bool is_within(const std::string& path, const std::string& directory);

}  // namespace sdcont
