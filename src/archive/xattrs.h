#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// An open file as a path, for calls that take no O_PATH descriptor.
std::string descriptor_path(int fd);

/// Whether an extended attribute is part of a file, wherever that is: user.*, capabilities, ACLs. Marks of
/// overlayfs and labels of a host's security modules are not.
bool is_kept_xattr(const std::string& name);
/// The sorted names of those of a path's last component, which is not followed where it is a link.
std::vector<std::string> kept_xattrs(const std::string& path);
/// Empty where it has gone meanwhile.
std::string xattr_value(const std::string& path, const std::string& name);

}  // namespace sdcont
