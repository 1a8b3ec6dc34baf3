#pragma once

#include <sys/types.h>

#include <cstdint>

#include "util/error.h"
#include "util/fd.h"

namespace sdcont {

struct CloneRequest {
  uint64_t namespaces = 0;  ///< of CLONE_NEW…
  int cgroup = -1;          ///< a cgroup v2 directory to be born into (CLONE_INTO_CGROUP), or -1
};

/// clone3(2) without shared memory: 0 in the child, its pid and pidfd in the parent. Throws
/// namespace_error().
pid_t clone_process(const CloneRequest& request, Fd& pidfd);

/// What to change where the kernel refuses namespaces with this errno.
Error namespace_error(int number);

}  // namespace sdcont
