#pragma once

#include <optional>
#include <string>
#include <vector>

#include "container/copy.h"

namespace sdcont {

/// "CONTAINER:PATH", or a path of this machine; one with a colon is told from that by a "/" or "." in front.
/// "-" is an archive on the standard input or output: a path in a container begins with "/".
struct CopyPlace {
  std::string container, path;
};

/// The command line of sdcont cp, of which one side is in a container.
struct CopyWords {
  CopyPlace from, to;
  CopyRules rules;
};
/// Nothing where only help was asked for.
std::optional<CopyWords> parse_copy_words(const std::vector<std::string>& args);

}  // namespace sdcont
