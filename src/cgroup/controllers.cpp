#include "cgroup/controllers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cgroup/directories.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Names = std::set<std::string>;

Names read_names(const std::string& file) {
  const auto list = words(read_file_if(file).value_or(""));
  return {list.begin(), list.end()};
}

bool is_subset(const Names& part, const Names& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

Names unite(Names left, const Names& right) {
  left.insert(right.begin(), right.end());
  return left;
}

Names subtract(Names left, const Names& right) {
  std::erase_if(left, [&](const std::string& name) { return right.contains(name); });
  return left;
}

bool is_real_root(const std::string& directory) { return !exists(directory + "/cgroup.type"); }

bool holds_processes(const std::string& directory) {
  return !trim(read_file_if(directory + "/cgroup.procs").value_or("")).empty();
}

/// What children of a cgroup have, or could have if we enabled it.
Names offered_to_children(const std::string& directory) {
  Names enabled = read_names(directory + "/cgroup.subtree_control");
  if (!is_real_root(directory) && holds_processes(directory)) return enabled;
  return unite(std::move(enabled), read_names(directory + "/cgroup.controllers"));
}

/// The caller's cgroup and those around it, innermost first.
std::vector<std::string> levels(const Hierarchy& v2) {
  std::vector<std::string> result;
  std::string directory = v2.own_directory();
  while (directory.size() > v2.mount_point.size()) {
    result.push_back(directory);
    directory = parent_directory(directory);
  }
  result.push_back(v2.mount_point);
  return result;
}

std::string limit_of(const LimitPlan& limits, const std::string& controller) {
  const auto write =
      std::find_if(limits.writes.begin(), limits.writes.end(), [&](const ControlWrite& candidate) {
        return candidate.controller == controller && !candidate.advisory && !candidate.limit.empty();
      });
  return write == limits.writes.end() ? "a limit" : write->limit;
}

[[noreturn]] void throw_no_base(const CgroupHost& host, const LimitPlan& limits,
                                const std::string& controller) {
  const std::string& top = host.v2.mount_point;
  const Error failed(limit_of(limits, controller) + " needs the " + controller + " controller");
  if (!read_names(top + "/cgroup.controllers").contains(controller)) {
    throw failed.remedy("it is not among " + top +
                        "/cgroup.controllers: the kernel, or whoever made this cgroup, "
                        "does not give it");
  }
  if (!is_real_root(top) && holds_processes(top)) {
    throw failed.remedy(
        top +
        " holds processes and so cannot give it to cgroups below; move them into one of their "
        "own first: mkdir " +
        top + "/init, write each of " + top + "/cgroup.procs to " + top + "/init/cgroup.procs");
  }
  throw failed.remedy("the cgroups from " + host.v2.own_directory() + " up to " + top +
                      " hold processes or do not have it; start sdcont from another cgroup");
}

int enable(const std::string& directory, const Names& controllers) {
  std::string text;
  for (const std::string& controller : controllers) text += (text.empty() ? "+" : " +") + controller;
  return text.empty() ? 0 : try_write_control(directory + "/cgroup.subtree_control", text);
}

[[noreturn]] void throw_not_enabled(const std::string& directory, const Names& controllers, int error) {
  const std::string list = join({controllers.begin(), controllers.end()}, ", ");
  const std::string file = directory + "/cgroup.subtree_control";
  const Error failed("cannot enable the cgroup controllers " + list + " in " + file, error);
  switch (error) {
    case EBUSY:
      throw failed.remedy("processes in that cgroup stand in the way: see " + directory + "/cgroup.procs");
    case ENOENT:
      throw failed.remedy("not all of them are among " + directory + "/cgroup.controllers");
    case EINVAL:
      throw failed.remedy("realtime processes outside the root cgroup keep the cpu controller from it");
    case EOPNOTSUPP:
      throw failed.remedy("the cgroup is a threaded one; start sdcont from another");
    case EACCES:
    case EPERM:
      throw failed.remedy("the file belongs to somebody else; have the cgroup delegated, or run as root");
    default:
      throw Error(failed);
  }
}

}  // namespace

ControllerNeeds controller_needs(const LimitPlan& limits, const Names& available) {
  ControllerNeeds needs;
  for (const ControlWrite& write : limits.writes) {
    if (write.controller.empty() || write.controller == "cgroup") continue;
    (write.advisory ? needs.preferred : needs.required).insert(write.controller);
  }
  needs.preferred.insert({"memory", "pids"});
  needs.optional = {"cpu", "io"};
  for (Names* wish : {&needs.preferred, &needs.optional}) {
    std::erase_if(*wish, [&](const std::string& name) { return !available.contains(name); });
  }
  return needs;
}

std::string find_base(const CgroupHost& host, const LimitPlan& limits, const ControllerNeeds& needs) {
  const auto candidates = levels(host.v2);
  for (const Names& wanted : {unite(needs.required, needs.preferred), needs.required}) {
    for (const std::string& directory : candidates) {
      if (is_subset(wanted, offered_to_children(directory))) return directory;
    }
  }
  Names missing = needs.required;
  for (const std::string& directory : candidates) missing = subtract(missing, offered_to_children(directory));
  throw_no_base(host, limits, missing.empty() ? *needs.required.begin() : *missing.begin());
}

std::string slice_base_if(const CgroupHost& host, const std::string& outermost) {
  auto candidates = levels(host.v2);
  std::reverse(candidates.begin(), candidates.end());
  const auto has_it = [&](const std::string& directory) {
    return exists(child_directory(directory, outermost));
  };
  const auto found = std::find_if(candidates.begin(), candidates.end(), has_it);
  return found == candidates.end() ? std::string() : *found;
}

std::string find_slice_base(const CgroupHost& host, const std::string& outermost, const LimitPlan& limits,
                            const ControllerNeeds& needs) {
  if (std::string found = slice_base_if(host, outermost); !found.empty()) return found;
  auto candidates = levels(host.v2);
  std::reverse(candidates.begin(), candidates.end());
  for (const Names& wanted : {unite(needs.required, needs.preferred), needs.required}) {
    for (const std::string& directory : candidates) {
      const bool ours = faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) == 0;
      if (ours && is_subset(wanted, offered_to_children(directory))) return directory;
    }
  }
  return find_base(host, limits, needs);  // which says what is missing
}

bool enable_controllers(const std::string& directory, const ControllerNeeds& needs) {
  const auto available = read_file_if(directory + "/cgroup.controllers");
  if (!available) return false;
  const Names there = read_names(directory + "/cgroup.subtree_control");
  const Names required = subtract(needs.required, there);
  const int error = enable(directory, required);
  if (error == ENODEV || (error == ENOENT && !exists(directory))) return false;
  if (error != 0) throw_not_enabled(directory, required, error);
  const auto list = words(*available);
  const Names offered(list.begin(), list.end());
  Names wished = subtract(subtract(unite(needs.preferred, needs.optional), there), required);
  std::erase_if(wished, [&](const std::string& name) { return !offered.contains(name); });
  if (enable(directory, wished) == 0) return true;
  // all or nothing: one that cannot be had must not cost the others
  for (const std::string& controller : wished) enable(directory, {controller});
  return true;
}

}  // namespace sdcont
