#pragma once

#include <map>
#include <string>

#include "spec/resources.h"

namespace sdcont {

/// A group of containers, with limits for all of them together.
struct SliceSpec {
  std::string name;  ///< "web.slice"; "web-shop.slice" lies in it, as systemd.slice(5) nests them
  Resources resources;
  std::map<std::string, std::string> asked_as;  ///< as in ContainerSpec
  bool runtime = false;                         ///< gone at boot
  bool settled = false;                         ///< else whoever set it may have been killed half-way
};

}  // namespace sdcont
