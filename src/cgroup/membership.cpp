#include "cgroup/membership.h"

#include <cerrno>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// The first controller of the payload that the process is not in, with where it is instead; empty where it
/// is in all.
std::string find_stray(const CgroupHost& host, const CgroupRecord& record, pid_t pid) {
  const auto membership = read_membership(host, pid);
  for (const auto& [controller, directory] : record.payload) {
    const Hierarchy* hierarchy = host.hierarchy(controller);
    const auto path = membership.find(controller);
    if (hierarchy == nullptr || path == membership.end())
      return "in no cgroup of the controller '" + controller + "'";
    const std::string actual = hierarchy->directory(path->second);
    if (actual != directory)
      return "in " + (actual.empty() ? path->second : actual) + ", not in " + directory;
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> read_membership(const std::string& file) {
  std::map<std::string, std::string> membership;
  for (const std::string& line : split(read_file(file), '\n')) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    for (const std::string& controller : split(line.substr(first + 1, second - first - 1), ',')) {
      membership[controller] = line.substr(second + 1);
    }
  }
  return membership;
}

std::map<std::string, std::string> read_membership(const CgroupHost& host, pid_t pid) {
  try {
    return read_membership(host.proc + "/" + std::to_string(pid) + "/cgroup");
  } catch (const Error& error) {
    if (error.error() != ENOENT) throw;
    throw Error("process " + std::to_string(pid) + " has ended before it was in its cgroup", ESRCH);
  }
}

void verify_membership(const CgroupHost& host, const CgroupRecord& record, pid_t pid) {
  const std::string stray = find_stray(host, record, pid);
  if (stray.empty()) return;
  throw Error("the container's process " + std::to_string(pid) + " is " + stray +
              ": it is not started, since its limits would not hold");
}

bool is_member(const CgroupHost& host, const CgroupRecord& record, pid_t pid) {
  return find_stray(host, record, pid).empty();
}

}  // namespace sdcont
