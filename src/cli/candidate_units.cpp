#include "cli/candidate_units.h"

#include <filesystem>
#include <set>

namespace sdcont {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 6;  // user.slice/user-1000.slice/user@1000.service/app.slice/…

/// Names of slices below a directory, of slices alone: a scope's own directories are none of systemd's.
void add_below(const fs::path& directory, const char* suffix, int depth, std::set<std::string>& names) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(suffix)) names.insert(name);
    if (depth < kDeepest && (name.ends_with(".slice") || name.ends_with(".service")))
      add_below(entry.path(), suffix, depth + 1, names);
  }
}

}  // namespace

void add_units(const char* suffix, Candidates& found) {
  std::set<std::string> names;
  // unified; the name=systemd hierarchy of cgroup v1
  for (const char* tree : {"/sys/fs/cgroup", "/sys/fs/cgroup/systemd"}) add_below(tree, suffix, 0, names);
  for (const char* files : {"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"})
    add_below(files, suffix, kDeepest, names);
  for (const std::string& name : names) found.list.push_back({name, ""});
}

}  // namespace sdcont
