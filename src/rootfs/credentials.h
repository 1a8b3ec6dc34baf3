#pragma once

#include "rootfs/passwd.h"
#include "spec/credentials.h"
#include "util/fd.h"

namespace sdcont {

/// A file system in memory that is never swapped, attached nowhere yet, with a file of each value that its
/// owner alone can read.
Fd make_credentials(const CredentialValues& values, const UserIds& owner);

}  // namespace sdcont
