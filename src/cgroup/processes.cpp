#include "cgroup/processes.h"

#include <algorithm>

#include "cgroup/directories.h"
#include "cgroup/probe.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

void collect(const std::string& directory, std::vector<pid_t>& found) {
  for (const std::string& word : words(read_file_if(directory + "/cgroup.procs").value_or(""))) {
    const auto pid = parse_unsigned(word);
    if (pid && *pid != 0) found.push_back(static_cast<pid_t>(*pid));
  }
  for (const std::string& child : list_cgroup(directory).children)
    collect(child_directory(directory, child), found);
}

}  // namespace

std::vector<pid_t> processes_of(const CgroupRecord& record) {
  std::vector<pid_t> found;
  std::string directory = record.directory("pids");
  if (directory.empty() && !record.payload.empty()) directory = record.payload.begin()->second;
  if (!directory.empty()) collect(directory, found);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace sdcont
