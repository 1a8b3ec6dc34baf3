#include "cgroup/host.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "cgroup/directories.h"
#include "cgroup/membership.h"
#include "cgroup/probe.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct CgroupMount {
  std::string root;
  std::string mount_point;
  bool v2 = false;
  std::vector<std::string> options;  ///< of the file system: a v1 mount names its controllers here
};

/// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::vector<CgroupMount> read_cgroup_mounts(const std::string& file) {
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split(read_file(file), '\n')) {
    // optional fields end with a lone "-": ID PARENT MAJ:MIN ROOT POINT OPTIONS [FIELD...] - TYPE SOURCE
    // SUPER
    const size_t separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    const auto head = words(std::string_view(line).substr(0, separator));
    const auto tail = words(std::string_view(line).substr(separator + 3));
    if (head.size() < 6 || tail.size() < 3 || (tail[0] != "cgroup" && tail[0] != "cgroup2")) continue;
    CgroupMount mount{unescape(head[3]), unescape(head[4]), tail[0] == "cgroup2", split(tail[2], ',')};
    // a mount that a later one covers is still listed
    if (exists(mount.mount_point + "/cgroup.procs")) mounts.push_back(std::move(mount));
  }
  return mounts;
}

/// A cgroup's path as the kernel prints it for a reader in a cgroup namespace: how many levels above the
/// namespace's root it begins, then names.
struct CgroupPath {
  size_t up = 0;
  std::vector<std::string> names;
};

CgroupPath parse_path(const std::string& path) {
  CgroupPath result;
  for (std::string& name : split(path, '/')) {
    if (name.empty()) continue;
    if (name == ".." && result.names.empty()) {
      ++result.up;
    } else {
      result.names.push_back(std::move(name));
    }
  }
  return result;
}

/// `path` relative to `root`, "/" or "/a/b"; nothing where it is not below it, or by names that cannot be
/// known.
std::optional<std::string> relative_path(const std::string& root, const std::string& path) {
  const CgroupPath from = parse_path(root);
  const CgroupPath to = parse_path(path);
  if (from.up != to.up || from.names.size() > to.names.size()) return std::nullopt;
  if (!std::equal(from.names.begin(), from.names.end(), to.names.begin())) return std::nullopt;
  std::string relative;
  for (size_t i = from.names.size(); i < to.names.size(); ++i) relative += "/" + to.names[i];
  return relative.empty() ? "/" : relative;
}

bool holds_caller(const std::string& directory) {
  const auto pids = read_file_if(directory + "/cgroup.procs");
  if (!pids) return false;
  const auto list = words(*pids);
  return std::find(list.begin(), list.end(), std::to_string(getpid())) != list.end();
}

/// The directory, `depth` levels below `directory`, that is the root of our cgroup namespace. A mount that
/// was made before the namespace shows more than the namespace, and hides the names in between: only our own
/// pid tells.
std::optional<std::string> find_namespace_root(const std::string& directory, size_t depth,
                                               const std::string& own) {
  if (depth == 0) return holds_caller(directory + own) ? std::optional(directory) : std::nullopt;
  for (const std::string& child : list_cgroup(directory).children) {
    if (auto found = find_namespace_root(child_directory(directory, child), depth - 1, own)) return found;
  }
  return std::nullopt;
}

std::optional<Hierarchy> make_hierarchy(const CgroupMount& mount, const std::string& own) {
  Hierarchy hierarchy{mount.mount_point, mount.root, {}, "/"};
  const CgroupPath root = parse_path(mount.root);
  if (root.up > 0 && root.names.empty() && parse_path(own).up == 0) {
    const auto found = find_namespace_root(mount.mount_point, root.up, own == "/" ? "" : own);
    if (!found) return std::nullopt;
    hierarchy.mount_point = *found;
    hierarchy.root = "/";
  }
  const auto relative = relative_path(hierarchy.root, own);
  const bool is_there = relative && (*relative == "/" || exists(hierarchy.mount_point + *relative));
  if (!is_there) return std::nullopt;
  hierarchy.own_path = *relative;
  return hierarchy;
}

/// The mount of a hierarchy that shows the caller's cgroup, else any mount of it, seen from its root.
Hierarchy find_hierarchy(const std::vector<CgroupMount>& mounts, const std::string& controller,
                         const std::string& own) {
  Hierarchy fallback;
  for (const CgroupMount& mount : mounts) {
    const bool has = controller.empty() ? mount.v2
                                        : !mount.v2 && std::find(mount.options.begin(), mount.options.end(),
                                                                 controller) != mount.options.end();
    if (!has) continue;
    if (auto hierarchy = make_hierarchy(mount, own)) return *hierarchy;
    if (!fallback.mounted()) fallback = Hierarchy{mount.mount_point, mount.root, {}, "/"};
  }
  return fallback;
}

bool is_resource_controller(const std::string& name) {
  static constexpr std::array kResource = {"blkio",   "cpu",     "cpuacct", "cpuset",
                                           "devices", "freezer", "memory",  "pids"};
  return std::find(kResource.begin(), kResource.end(), name) != kResource.end();
}

CgroupMode decide_mode(const CgroupHost& host, const std::set<std::string>& v2_controllers) {
  for (const char* controller : {"memory", "cpu", "pids"}) {
    if (v2_controllers.contains(controller)) return CgroupMode::unified;
  }
  const bool v1_resources = std::any_of(host.v1.begin(), host.v1.end(),
                                        [](const auto& item) { return is_resource_controller(item.first); });
  if (host.v2.mounted()) return v1_resources ? CgroupMode::hybrid : CgroupMode::unified;
  return CgroupMode::legacy;
}

bool may_make_cgroups(const CgroupHost& host) {
  const auto may_write = [](const Hierarchy& hierarchy) {
    return faccessat(AT_FDCWD, hierarchy.own_directory().c_str(), W_OK, AT_EACCESS) == 0;
  };
  if (host.unified()) return host.v2.mounted() && may_write(host.v2);
  return !host.v1.empty() && std::all_of(host.v1.begin(), host.v1.end(), [&](const auto& item) {
    return !is_resource_controller(item.first) || may_write(item.second);
  });
}

}  // namespace

const char* cgroup_mode_name(CgroupMode mode) {
  switch (mode) {
    case CgroupMode::unified:
      return "unified";
    case CgroupMode::hybrid:
      return "hybrid";
    case CgroupMode::legacy:
      return "legacy";
  }
  return "unknown";
}

std::string Hierarchy::directory(const std::string& cgroup_path) const {
  const auto relative = mounted() ? relative_path(root, cgroup_path) : std::nullopt;
  if (!relative) return {};
  return *relative == "/" ? mount_point : mount_point + *relative;
}

const Hierarchy* CgroupHost::hierarchy(const std::string& controller) const {
  if (unified() || controller.empty()) return v2.mounted() ? &v2 : nullptr;
  const auto found = v1.find(controller);
  return found == v1.end() ? nullptr : &found->second;
}

CgroupHost detect_cgroups(const std::string& proc) {
  CgroupHost host;
  host.proc = proc;
  const auto mounts = read_cgroup_mounts(proc + "/self/mountinfo");
  for (const auto& [controller, own] : read_membership(proc + "/self/cgroup")) {
    Hierarchy hierarchy = find_hierarchy(mounts, controller, own);
    if (!hierarchy.mounted()) continue;
    if (controller.empty()) {
      host.v2 = std::move(hierarchy);
      host.v2.controllers = {""};
    } else {
      host.v1[controller] = std::move(hierarchy);
    }
  }
  for (auto& [controller, hierarchy] : host.v1) {
    for (const auto& [other, joined] : host.v1) {
      if (joined.mount_point == hierarchy.mount_point) hierarchy.controllers.push_back(other);
    }
  }
  const auto v2_controllers =
      host.v2.mounted() ? words(read_file_if(host.v2.mount_point + "/cgroup.controllers").value_or(""))
                        : words("");
  const std::set<std::string> offered(v2_controllers.begin(), v2_controllers.end());
  host.mode = decide_mode(host, offered);
  if (host.unified()) {
    host.controllers = offered;
  } else {
    for (const auto& [controller, hierarchy] : host.v1) {
      if (!controller.starts_with("name=")) host.controllers.insert(controller);
    }
  }
  host.writable = may_make_cgroups(host);
  host.files =
      ControlFiles([host](const std::string& controller) { return probe_control_files(host, controller); });
  return host;
}

}  // namespace sdcont
