#pragma once

#include <archive_entry.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sdcont {

/// An extended attribute.
using Xattr = std::pair<std::string, std::string>;

/// The POSIX ACLs of an entry as the kernel has them in extended attributes (system.posix_acl_access and
/// …_default; linux/posix_acl_xattr.h): only those that say more than the mode.
std::vector<Xattr> acl_xattrs(archive_entry* entry);

}  // namespace sdcont
