#pragma once

#include <string>

#include "spec/resources.h"

namespace sdcont {

/// The whole disk behind a path, as systemd's lookup_block_device finds it, so that what is set on it can be
/// read back: a block device's node, a partition's (its disk), a device mapper's that lies on one other (that
/// one), or any file or directory (the disk that its file system is on). value is 0. Of a file system without
/// a disk of its own, or on several disks, it says so in no_disk. Throws Error for a path that does not exist
/// or is a character device. `sys` and `proc` are replaced by tests.
DeviceValue resolve_disk(const std::string& path, const std::string& sys = "/sys",
                         const std::string& proc = "/proc");

}  // namespace sdcont
