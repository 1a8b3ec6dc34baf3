#include "cgroup/delegated.h"

#include <sys/xattr.h>

#include <array>

#include "cgroup/directories.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

// systemd marks what it has delegated (its CGROUP_DELEGATION.md).
bool is_marked(const std::string& directory) {
  for (const char* name : {"trusted.delegate", "user.delegate"}) {
    std::array<char, 8> value{};
    const ssize_t n = getxattr(directory.c_str(), name, value.data(), value.size());
    if (n > 0) return value[0] == '1';
  }
  return false;
}

bool is_unit(const std::string& directory) {
  return directory.ends_with(".service") || directory.ends_with(".scope");
}

// The nearest unit at or above the caller's cgroup; empty where that is in none.
std::string unit_around(const Hierarchy& hierarchy) {
  std::string directory = hierarchy.own_directory();
  while (directory.size() > hierarchy.mount_point.size() && !is_unit(directory))
    directory = parent_directory(directory);
  return is_unit(directory) ? directory : "";
}

}  // namespace

std::string delegated_cgroup(const CgroupHost& host) {
  std::string unit;
  const auto named = host.v1.find("name=systemd");
  for (const Hierarchy* hierarchy : {&host.v2, named == host.v1.end() ? nullptr : &named->second}) {
    if (hierarchy == nullptr || !hierarchy->mounted()) continue;
    const std::string directory = unit_around(*hierarchy);
    if (directory.empty()) continue;
    if (is_marked(directory)) return directory;
    unit = directory.substr(directory.rfind('/') + 1);
  }
  if (unit.empty()) throw Error("--cgroups split: the caller is in no unit of systemd's");
  throw Error("--cgroups split: the cgroup of " + printable(unit) + " is systemd's own")
      .remedy("have it delegated: Delegate=yes in the unit");
}

}  // namespace sdcont
