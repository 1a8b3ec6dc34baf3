#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "util/fd.h"

namespace sdcont {

/// open(2) with O_CLOEXEC; throws, naming the path.
Fd open_file(const std::string& path, int flags, mode_t mode = 0);
Fd open_at(int dir, const std::string& path, int flags, mode_t mode = 0);

/// A whole file, at most `limit` bytes (more is an error).
std::string read_file(const std::string& path, size_t limit = size_t{64} << 20);
std::string read_fd(int fd, const std::string& name, size_t limit = size_t{64} << 20);
/// The same, or nothing where the file is absent or unreadable.
std::optional<std::string> read_file_if(const std::string& path);
std::optional<std::string> read_at_if(int dir, const std::string& path);

/// One write(2) of the whole text into an existing file, as control files of the kernel want it.
void write_control(const std::string& path, const std::string& text);
/// The same; returns errno instead of throwing, 0 where all went well.
int try_write_control(const std::string& path, const std::string& text) noexcept;

/// Writes all of `text` to the descriptor.
void write_all(int fd, const std::string& text);

enum class Durability { visible, synced };
/// Replaces dir/name by `text`: a temporary name, written, (synced,) renamed. Readers see the old or the new
/// whole.
void write_atomic(int dir, const std::string& name, const std::string& text, Durability durability,
                  mode_t mode = 0600);

/// mkdir -p with the given mode for what is made; an existing directory is left as it is. Returns what was
/// made, outermost first.
std::vector<std::string> make_directories(const std::string& path, mode_t mode);
/// Makes, where absent, and opens a directory that only its owner can enter (one that others can read is
/// closed to them); refuses one that is a link, somebody else's or writable by others.
Fd open_private_directory(const std::string& path);
/// rm -r below dir/name, never following a link and never crossing into another file system. Absent is fine.
void remove_tree(int dir, const std::string& name);
/// Names in a directory, without . and .., in no order; empty where it does not exist.
std::vector<std::string> list_directory(const std::string& path);
bool exists(const std::string& path) noexcept;
/// The absolute path of what `link` points at, or empty.
std::string read_link(const std::string& link);
/// What the link dir/name says, or empty.
std::string read_link_at(int dir, const std::string& name);

}  // namespace sdcont
