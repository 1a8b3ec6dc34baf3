#include "cgroup/slice.h"

#include <unistd.h>

#include <algorithm>

#include "cgroup/choose.h"
#include "cgroup/maker.h"
#include "cgroup/update_limits.h"
#include "spec/names.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string last_name(const std::string& directory) { return directory.substr(directory.rfind('/') + 1); }

/// Without systemd: the directory of a slice in a hierarchy, whether it is there or not; empty where nobody
/// has made the outermost on v2, whose place depends on that.
std::string own_slice_directory(const CgroupHost& host, const Hierarchy& hierarchy,
                                const std::string& slice) {
  const auto levels = slice_levels(slice);
  if (levels.empty()) return {};
  const std::string base = host.unified() ? slice_base_if(host, levels.front()) : hierarchy.mount_point;
  return base.empty() ? base : base + "/" + join(levels, "/");
}

/// Each mounted hierarchy, once.
std::vector<Hierarchy> hierarchies_of(const CgroupHost& host) {
  std::vector<Hierarchy> all;
  if (host.v2.mounted()) all.push_back(host.v2);
  if (host.unified()) return all;
  for (const auto& [controller, hierarchy] : host.v1) {
    if (hierarchy.controllers.front() == controller) all.push_back(hierarchy);
  }
  return all;
}

/// Writes a slice's limits, those of the controllers of one hierarchy. False where it has vanished meanwhile.
bool limit_slice(const std::string& directory, const std::vector<std::string>& controllers, CgroupMode mode,
                 const SliceLevel& level) {
  CgroupRecord slice;
  slice.mode = mode;
  for (const std::string& controller : controllers) slice.payload[controller] = directory;
  // before Linux 5.11 a cgroup of v1 may not count what is in those inside
  if (slice.payload.contains("memory")) try_write_control(directory + "/memory.use_hierarchy", "1");
  std::vector<ControlWrite> writes = level.limits.writes;
  std::erase_if(writes, [&](const ControlWrite& write) { return slice.directory(write.controller).empty(); });
  const auto refusal = write_in_any_order(slice, std::move(writes));
  if (!exists(directory)) return false;
  if (!refusal) return true;
  throw Error(refusal->limit + " of " + level.name + " cannot be had here: " + refusal->reason)
      .remedy(refusal->remedy);
}

ReadyDirectory ready_slices(const std::vector<SliceLevel>& levels, const Hierarchy& hierarchy,
                            CgroupMode mode, ReadyDirectory first) {
  return [levels, controllers = hierarchy.controllers, mode,
          first = std::move(first)](const std::string& directory) {
    const auto level = std::find_if(levels.begin(), levels.end(), [&](const SliceLevel& candidate) {
      return candidate.name == last_name(directory);
    });
    if (mode != CgroupMode::unified) {
      if (first && !first(directory)) return false;
      return level == levels.end() || limit_slice(directory, controllers, mode, *level);
    }
    return level == levels.end() || (limit_slice(directory, controllers, mode, *level) && first(directory));
  };
}

}  // namespace

LimitPlan unite_plans(const std::vector<SliceLevel>& levels, const LimitPlan& inside) {
  LimitPlan all = inside;
  for (const SliceLevel& level : levels)
    all.writes.insert(all.writes.end(), level.limits.writes.begin(), level.limits.writes.end());
  return all;
}

CgroupChain slice_chain(const CgroupHost& host, const Hierarchy& hierarchy,
                        const std::vector<SliceLevel>& levels, const LimitPlan& inside,
                        const std::string& name) {
  CgroupChain chain;
  for (const SliceLevel& level : levels) chain.names.push_back(level.name);
  chain.shared = name.empty();
  if (!name.empty()) chain.names.push_back(name);
  chain.controllers = hierarchy.controllers;
  if (host.unified()) {
    const LimitPlan all = unite_plans(levels, inside);
    const ControllerNeeds needs = controller_needs(all, host.controllers);
    chain.base = find_slice_base(host, levels.front().name, all, needs);
    enable_controllers(chain.base, needs);
    chain.ready = ready_slices(levels, hierarchy, host.mode, [needs](const std::string& directory) {
      return enable_controllers(directory, needs);
    });
  } else {
    chain = v1_chain(hierarchy, hierarchy.mount_point, std::move(chain.names));
    chain.shared = name.empty();
    chain.ready = ready_slices(levels, hierarchy, host.mode, chain.ready);
  }
  return chain;
}

CgroupRecord make_slice(const CgroupHost& host, const std::vector<SliceLevel>& levels,
                        const LimitPlan& more) {
  CgroupRecord record;
  record.mode = host.mode;
  const LimitPlan all = unite_plans(levels, more);
  std::vector<Hierarchy> hierarchies = {host.v2};
  if (!host.unified()) hierarchies = v1_hierarchies(host, all);
  for (const Hierarchy& hierarchy : hierarchies) {
    const CgroupChain chain = slice_chain(host, hierarchy, levels, more, "");
    note_chain(chain, record);
    make_chain(chain);
  }
  return record;
}

void remove_empty_slice(const CgroupHost& host, const std::string& slice) noexcept {
  try {
    for (const Hierarchy& hierarchy : hierarchies_of(host)) {
      std::string directory = own_slice_directory(host, hierarchy, slice);
      for (size_t level = slice_levels(slice).size(); level > 0 && !directory.empty(); --level) {
        if (rmdir(directory.c_str()) != 0 && errno != ENOENT) break;  // something is in it
        directory = parent_directory(directory);
      }
    }
  } catch (const std::exception&) {
    return;  // whoever comes next removes it
  }
}

CgroupRecord find_slice(const CgroupHost& host, CgroupManager manager, const std::string& slice) {
  CgroupRecord record;
  record.manager = manager;
  record.mode = host.mode;
  if (manager == CgroupManager::systemd) record.unit = slice;
  for (const Hierarchy& hierarchy : hierarchies_of(host)) {
    for (const std::string& controller : hierarchy.controllers) {
      const std::string directory = manager == CgroupManager::systemd
                                        ? systemd_slice_directory(host, controller, slice)
                                        : own_slice_directory(host, hierarchy, slice);
      if (!directory.empty() && exists(directory)) record.payload[controller] = directory;
    }
  }
  return record;
}

bool is_in_slice(const CgroupRecord& container, const std::string& slice) {
  return std::any_of(container.payload.begin(), container.payload.end(), [&](const auto& item) {
    return item.second.find("/" + slice + "/") != std::string::npos;
  });
}

std::string slice_of(const CgroupRecord& container) {
  std::string innermost;
  for (const auto& [controller, directory] : container.payload) {
    for (const std::string& name : split(directory, '/')) {
      if (name.ends_with(".slice") && name.size() > innermost.size()) innermost = name;
    }
  }
  return innermost;
}

}  // namespace sdcont
