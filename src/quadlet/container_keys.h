#pragma once

#include <string>
#include <vector>

#include "quadlet/unit_file.h"

namespace sdcont {

inline constexpr const char* kContainer = "Container";  // the section

/// An option of `sdcont run` that a key has become.
struct QuadletOption {
  UnitLine from;
  std::string name;   ///< "memory"; of PodmanArgs= empty, and the value is a word as it stands
  std::string value;  ///< of a switch empty
  bool is_switch = false;

  /// "--memory=128M"
  [[nodiscard]] std::string word() const;
};

/// What the keys of [Container] (podman-systemd.unit(5)) become, but Image=, Rootfs=, Exec= and what is said
/// of reloads. Throws Error, with file and line, for a key that is unknown or cannot be honoured.
/// AddDevice=-PATH asks whether that is there.
std::vector<QuadletOption> container_options(const std::string& path, const UnitFile& file);

}  // namespace sdcont
