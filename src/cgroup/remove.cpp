#include "cgroup/remove.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cgroup/cgroup.h"
#include "cgroup/directories.h"
#include "cgroup/host.h"
#include "cgroup/probe.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using Clock = std::chrono::steady_clock;

/// Directories above the container's own are shared with other launchers; whoever is last finds them empty.
bool is_shared(const CgroupRecord& record, const std::string& directory) {
  if (!record.unit.empty() && directory.ends_with("/" + record.unit)) return false;
  return std::none_of(record.payload.begin(), record.payload.end(),
                      [&](const auto& item) { return item.second == directory; });
}

/// A process that was killed is still in its cgroup until it has been torn down.
bool remove_patiently(const std::string& directory, Clock::time_point deadline) {
  auto pause = std::chrono::milliseconds(1);
  for (;;) {
    const int error = remove_cgroup_tree(directory);
    if (error == 0) return true;
    if (error != EBUSY && error != ENOTEMPTY) return false;
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
}

void remove_from_slices(const std::string& directory, const std::string& unit) {
  for (const std::string& child : list_cgroup(directory).children) {
    if (child == unit) remove_cgroup_tree(child_directory(directory, child));
    if (child.ends_with(".slice")) remove_from_slices(child_directory(directory, child), unit);
  }
}

void clear_directory(const std::string& directory, Clock::time_point deadline) {
  for (const std::string& child : list_cgroup(directory).children)
    remove_patiently(child_directory(directory, child), deadline);
  const std::string file = child_directory(directory, "cgroup.subtree_control");
  for (const std::string& controller : words(read_file_if(file).value_or("")))
    try_write_control(file, "-" + controller);
}

}  // namespace

void clear_cgroup(const CgroupRecord& record) noexcept {
  try {
    const auto deadline = Clock::now() + std::chrono::seconds(1);
    for (const auto& [controller, directory] : record.payload) clear_directory(directory, deadline);
  } catch (const std::exception&) {
    // whoever enters it is told what is wrong with it
  }
}

void remove_scope_directories(const CgroupHost& host, const std::string& unit) {
  if (host.v2.mounted()) remove_from_slices(host.v2.mount_point, unit);
  for (const auto& [controller, hierarchy] : host.v1) remove_from_slices(hierarchy.mount_point, unit);
}

int remove_cgroup_tree(const std::string& directory) noexcept {
  if (rmdir(directory.c_str()) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY && errno != ENOTEMPTY) return errno;
  const int busy = errno;
  try {
    const auto children = list_cgroup(directory).children;
    if (children.empty()) return busy;
    for (const std::string& child : children) {
      if (const int error = remove_cgroup_tree(child_directory(directory, child))) return error;
    }
  } catch (const std::exception&) {
    return ENOMEM;
  }
  return rmdir(directory.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

std::vector<std::string> remove_cgroup(const CgroupRecord& record) noexcept {
  std::vector<std::string> left;
  try {
    const auto deadline = Clock::now() + std::chrono::seconds(1);
    for (size_t i = record.created.size(); i-- > 0;) {
      const std::string& directory = record.created[i];
      if (is_shared(record, directory)) {
        rmdir(directory.c_str());  // busy: another container is in it
      } else if (!remove_patiently(directory, deadline)) {
        left.push_back(directory);
      }
    }
  } catch (const std::exception&) {
    return left;
  }
  return left;
}

}  // namespace sdcont
