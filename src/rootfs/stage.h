#pragma once

#include <string>

#include "spec/container_spec.h"
#include "util/fd.h"

namespace sdcont {

/// A small tmpfs in our mount namespace, gone with the host's mounts: the container's root is mounted in it,
/// and single files and nodes are bound from it. pivot_root needs the former, and binding a source that is
/// mounted somewhere.
class Stage {
 public:
  /// `directory`: of the host, covered from now on.
  explicit Stage(const std::string& directory);

  /// Attaches a detached mount as the container's root.
  void attach_root(int mount);

  // Detached mounts, to be attached inside the container's root.
  Fd file(const std::string& content, uint64_t attributes);
  Fd empty_directory();
  Fd null_device();
  /// The node as we make it, or as the host has it where we may not make nodes.
  Fd device(const Device& device);

 private:
  std::string next_name();

  Fd mount_;
  int count_ = 0;
  std::string null_;  ///< name of the node that masks files, once there is one
};

}  // namespace sdcont
