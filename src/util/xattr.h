#pragma once

#include <map>
#include <string>

namespace sdcont {

/// The extended attributes of dir/name (itself, where it is a link; "." is the directory), without those that
/// belong to an overlay's layer rather than to the file (trusted.overlay.*). Empty where the file system has
/// none, and where the file is gone.
std::map<std::string, std::string> read_xattrs(int dir, const std::string& name);

/// One attribute of dir/name; false where it is absent. `value` may be null.
bool read_xattr(int dir, const std::string& name, const char* attribute, std::string* value);

/// Sets them on dir/name (itself, where it is a link). What the file system has no room or word for is an
/// Error, but for labels of security modules, which are their own matter.
void write_xattrs(int dir, const std::string& name, const std::map<std::string, std::string>& attributes);

}  // namespace sdcont
