#pragma once

#include <sys/stat.h>

#include <string>

#include "util/fd.h"

namespace sdcont {

/// A name in an open directory; it is never followed where it is a link. An empty name is what `dir` is open
/// on.
struct Entry {
  int dir = -1;
  std::string name;
};

/// What of a file's metadata a copy gets; its mode in any case, but without the owner no setuid and setgid
/// bits.
struct CopyOptions {
  bool owner = true;
  bool times = true;
  bool xattrs = true;
};

/// Makes `to`, which must not be there, a copy of what is no directory: a file with its content and holes, a
/// link, FIFO, socket or device. `status`: of `from`, as it was looked at; another kind of file by now is an
/// Error. What was begun stays where it throws.
void copy_file(const Entry& from, const struct stat& status, const Entry& to, const CopyOptions& options);

/// Makes `to` such a copy in place of what is there, which is no directory: nobody sees half of it.
void replace_file(const Entry& from, const struct stat& status, const Entry& to, const CopyOptions& options);

/// Makes `to`, which must not be there, an empty directory with the metadata of `from` but for its times.
void copy_directory(const Entry& from, const struct stat& status, const Entry& to,
                    const CopyOptions& options);

/// Gives what `to` is open on (O_PATH will do) mode, owner and attributes of `from`.
void copy_metadata(const Entry& from, const struct stat& status, int to, const CopyOptions& options);

/// Gives what `to` is open on access and modification time.
void set_times(int to, const struct stat& status);

}  // namespace sdcont
