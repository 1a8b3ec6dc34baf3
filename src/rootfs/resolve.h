#pragma once

#include <sys/types.h>

#include <string>

#include "util/fd.h"

namespace sdcont {

/// What becomes of symbolic links on the way: followed as if the root were "/", or refused (ELOOP).
enum class Links { follow, refuse };

/// Opens a path as if `root` (a directory's descriptor) were "/": neither ".." nor a link leads out of it,
/// and magic links (/proc/PID/fd, cwd, root, exe) are refused. Close-on-exec. Throws Error, naming the path.
Fd open_in_root(int root, const std::string& path, int flags, mode_t mode = 0, Links links = Links::follow);
/// The same, but an empty Fd with errno set where it cannot be opened.
Fd try_open_in_root(int root, const std::string& path, int flags, mode_t mode = 0,
                    Links links = Links::follow);

/// Makes what is missing of a path, one component at a time: directories, and at the end a directory or an
/// empty regular file. A link that points at nothing is followed, inside the root, like any other. Returns an
/// O_PATH descriptor of the whole. New directories are 0755 (the last one `mode`) less the umask.
Fd make_directory_in_root(int root, const std::string& path, mode_t mode = 0755, Links links = Links::follow);
Fd make_file_in_root(int root, const std::string& path, Links links = Links::follow);

/// The directory part ("/a/b" of "/a/b/c", "/" of "/a") and the last component of a clean absolute path.
std::string parent_path(const std::string& path);
std::string base_name(const std::string& path);

}  // namespace sdcont
