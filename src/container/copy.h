#pragma once

#include <string>

#include "util/fd.h"

namespace sdcont {

/// One side of a copy: a path of this machine, or one in a container's root.
struct CopySide {
  int root = -1;  ///< of the container (open_container_root), or -1
  std::string path;
};

struct CopyRules {
  bool archive = false;      ///< owners and attributes too
  bool follow_link = false;  ///< a source that is a link stands for what it leads to
};

/// What is to be copied, held open.
struct CopySource {
  Fd dir;
  std::string name;  ///< in it; empty: what `dir` is open on
  std::string base;  ///< what it is called where it goes into a directory
  bool directory = false;
  bool contents = false;  ///< what is in a directory, without itself
};
/// Links on the way to it are followed, in a container inside its root. Throws Error where there is nothing.
CopySource find_copy_source(const CopySide& from, bool follow_link);

/// Copies as docker cp does. A file goes to a new name, replaces a file, or goes into a directory. A
/// directory goes to a new name, or into a directory; where its path ends in "/." only what is in it does.
/// The directory that the new name is in must be there; a destination that ends in "/" must be a directory.
/// Links on the way to either side are followed, in a container inside its root; those in what is copied are
/// copied. A destination that is a link to a file means that file in a container, but is replaced on this
/// machine, where an earlier copy may have made it.
void copy_between(const CopySide& source, const CopySide& destination, const CopyRules& rules);

}  // namespace sdcont
