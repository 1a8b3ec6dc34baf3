#pragma once

#include <map>
#include <string>

namespace sdcont {

/// An open file as a path, for calls that take no O_PATH descriptor.
std::string descriptor_path(int fd);

/// Whether an extended attribute is part of a file, wherever that is: user.*, capabilities, ACLs. Marks of
/// overlayfs and labels of a host's security modules are not.
bool is_kept_xattr(const std::string& name);
/// Those of dir/name: itself, where it is a link; an empty name is what `dir` is open on.
std::map<std::string, std::string> kept_xattrs(int dir, const std::string& name);

}  // namespace sdcont
