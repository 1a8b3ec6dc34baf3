#pragma once

#include <map>
#include <string>

namespace sdcont {

// Of dir/name: itself, where it is a link. An empty name is what `dir` is open on, of any kind and with any
// flags.

/// The extended attributes, without those that belong to an overlay's layer rather than to the file
/// (trusted.overlay.*). Empty where the file system has none, and where the file is gone.
std::map<std::string, std::string> read_xattrs(int dir, const std::string& name);

/// One attribute; false where it is absent.
bool read_xattr(int dir, const std::string& name, const char* attribute, std::string& value);

/// Sets these and takes away all others, but leaves alone those of security modules, which label a file by
/// where it is.
void write_xattrs(int dir, const std::string& name, const std::map<std::string, std::string>& attributes);

}  // namespace sdcont
