#pragma once

#include <optional>
#include <string>

#include "util/fd.h"

namespace sdcont {

/// Whether this kernel and machine have loop devices.
bool has_loop_devices();

/// A block device, held open.
struct LoopDevice {
  Fd fd;
  std::string path;
};

/// The loop device over an open file: the one that there is, or a new one, which goes by itself when nobody
/// holds it open or mounts it any more. Of two processes that ask at once the second gets the device of the
/// first.
LoopDevice loop_device(int file);

}  // namespace sdcont
