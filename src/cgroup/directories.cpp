#include "cgroup/directories.h"

#include <sys/stat.h>

#include <cerrno>

#include "cgroup/remove.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

enum class Made { yes, vanished };

/// A cgroup of this very container can only be left over from a launch that was killed.
void replace_left_over(const std::string& directory) {
  if (remove_cgroup_tree(directory) != 0 || mkdir(directory.c_str(), 0755) != 0) {
    throw Error("the cgroup " + directory + " exists already and cannot be removed", errno)
        .remedy("see which processes are in it: cat " + directory + "/cgroup.procs");
  }
}

Made make_one(const std::string& directory, bool ours_alone) {
  if (mkdir(directory.c_str(), 0755) == 0) return Made::yes;
  switch (errno) {
    case ENOENT:
      return Made::vanished;
    case EEXIST:
      if (ours_alone) replace_left_over(directory);
      return Made::yes;
    case EROFS:
      throw Error("cannot make the cgroup " + directory, EROFS)
          .remedy("mount the cgroup file system writable");
    case EAGAIN:
      throw Error("cannot make the cgroup " + directory, EAGAIN)
          .remedy("an ancestor's cgroup.max.descendants or cgroup.max.depth forbids it");
    default:
      throw_errno("cannot make the cgroup " + directory);
  }
}

}  // namespace

std::string own_name(const std::string& id) { return "sdcont-" + id; }

void note_chain(const CgroupChain& chain, CgroupRecord& record) {
  std::string directory = chain.base;
  for (const std::string& name : chain.names) {
    directory += "/" + name;
    record.created.push_back(directory);
  }
  for (const std::string& controller : chain.controllers) record.payload[controller] = directory;
}

void make_chain(const CgroupChain& chain) {
  constexpr int kAttempts = 1000;  // each failure is another launcher's success, so this ends long before
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string directory = chain.base;
    bool complete = true;
    for (size_t i = 0; complete && i < chain.names.size(); ++i) {
      directory += "/" + chain.names[i];
      complete = make_one(directory, !chain.shared && i + 1 == chain.names.size()) == Made::yes &&
                 (!chain.ready || chain.ready(directory));
    }
    if (complete) return;
    if (!exists(chain.base)) throw Error("cannot make a cgroup in " + chain.base, ENOENT);
  }
  throw Error("cannot make the cgroup " + chain.base + "/" + join(chain.names, "/") +
              ": it is removed as often as it is made");
}

bool inherit_cpuset(const std::string& directory) {
  const std::string parent = parent_directory(directory);
  for (const char* name : {"cpuset.cpus", "cpuset.mems"}) {
    const std::string file = child_directory(directory, name);
    const auto own = read_file_if(file);
    if (!own) return false;
    if (!trim(*own).empty()) continue;
    const std::string inherited(trim(read_file_if(child_directory(parent, name)).value_or("")));
    const int error = try_write_control(file, inherited);
    if (is_vanished(error)) return false;
    if (error != 0)
      throw Error("cannot write the CPUs or memory nodes of the cgroup above to " + file, error);
  }
  return true;
}

bool is_vanished(int error) { return error == ENOENT || error == ENODEV; }

std::string child_directory(const std::string& directory, const std::string& name) {
  return directory + "/" + name;
}

std::string parent_directory(const std::string& directory) {
  return directory.substr(0, directory.rfind('/'));
}

}  // namespace sdcont
