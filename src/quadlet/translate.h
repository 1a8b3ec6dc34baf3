#pragma once

#include <string>
#include <vector>

#include "quadlet/container_keys.h"
#include "quadlet/unit_file.h"

namespace sdcont {

/// A service made of a `.container` file (podman-systemd.unit(5)).
struct QuadletService {
  std::string name;  ///< "web.service"
  std::string text;  ///< the unit
  std::vector<QuadletOption> options;
  std::vector<std::string> links;  ///< "multi-user.target.wants/web.service": of [Install]
};

/// Pure, but for AddDevice=-PATH, which asks whether that is there. `path` is the file; `program` is what
/// runs containers. Throws Error, with file and line, for a key that is unknown or cannot be honoured.
QuadletService translate_container(const std::string& path, const UnitFile& file, const std::string& program);

}  // namespace sdcont
