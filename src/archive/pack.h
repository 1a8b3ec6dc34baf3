#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "archive/tar_writer.h"

namespace sdcont {

struct PackOptions {
  /// Seconds: no file of the archive is later (SOURCE_DATE_EPOCH).
  std::optional<int64_t> latest;
};

/// A tar (pax) of what is below a directory, in the order of names, so that the same tree makes the same
/// bytes: owners by number, modes, modification times, hard links, devices, fifos, holes, extended attributes
/// with capabilities and ACLs. Sockets are left out. Links are never followed.
void pack_tree(int directory, const PackOptions& options, const ByteSink& sink, const std::string& name);

}  // namespace sdcont
