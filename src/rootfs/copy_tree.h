#pragma once

#include "rootfs/copy.h"

namespace sdcont {

/// Copies a file, or a directory with all that is in it. Where `to` is there already, a file replaces what is
/// no directory, and a directory is merged into a directory; of a directory in place of something else, and
/// the other way round, it makes an Error, and so does what something is mounted on. Links are copied, never
/// followed, on either side, whoever swaps what meanwhile. Files that are linked in the tree are so in the
/// copy.
void copy_tree(const Entry& from, const Entry& to, const CopyOptions& options);

/// The same for all that is in a directory: into another one, which gets its metadata too where `itself`.
void copy_contents(int from, int to, const CopyOptions& options, bool itself);

}  // namespace sdcont
