#include "cgroup/probe.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "cgroup/directories.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const noexcept { closedir(dir); }
};

constexpr std::string_view kProbe = "sdcont-probe-";

bool is_probe(const std::string& name) { return name.starts_with(kProbe); }

/// The cgroups in a directory but for probes, which may go while they are looked at.
std::vector<std::string> lasting_children(std::vector<std::string> children) {
  std::erase_if(children, is_probe);
  return children;
}

void remove_stale(const std::string& directory) {
  for (const std::string& child : list_cgroup(directory).children) {
    const auto pid = is_probe(child) ? parse_unsigned(child.substr(kProbe.size())) : std::nullopt;
    if (pid && kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH)
      rmdir(child_directory(directory, child).c_str());
  }
}

/// A child cgroup of our own, there for a look at its files.
class TemporaryChild {
 public:
  explicit TemporaryChild(const std::string& parent)
      : path_(parent + "/" + std::string(kProbe) + std::to_string(getpid())),
        made_(mkdir(path_.c_str(), 0755) == 0) {}
  TemporaryChild(const TemporaryChild&) = delete;
  TemporaryChild& operator=(const TemporaryChild&) = delete;
  TemporaryChild(TemporaryChild&&) = delete;
  TemporaryChild& operator=(TemporaryChild&&) = delete;
  ~TemporaryChild() {
    if (made_) rmdir(path_.c_str());
  }
  [[nodiscard]] CgroupListing list() const { return made_ ? list_cgroup(path_) : CgroupListing(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_;
};

std::set<std::string> word_set(const std::string& file) {
  const auto list = words(read_file_if(file).value_or(""));
  return {list.begin(), list.end()};
}

/// Some files of blkio exist in every cgroup but the hierarchy's root (blkio.bfq.weight), so the root alone
/// does not do.
std::set<std::string> probe_v1(const Hierarchy& hierarchy, bool needs_child) {
  std::set<std::string> files;
  const auto add = [&files](const CgroupListing& listing) {
    files.insert(listing.files.begin(), listing.files.end());
  };
  const CgroupListing root = list_cgroup(hierarchy.mount_point);
  add(root);
  if (!needs_child) return files;
  const auto children = lasting_children(root.children);
  if (hierarchy.own_path != "/") {
    add(list_cgroup(hierarchy.own_directory()));
  } else if (!children.empty()) {
    add(list_cgroup(hierarchy.mount_point + "/" + children.front()));
  } else {
    add(TemporaryChild(hierarchy.mount_point).list());
  }
  return files;
}

/// The files of one v2 cgroup, where it shows the controller's.
std::optional<std::set<std::string>> files_in(const std::string& directory, const CgroupListing& listing,
                                              const std::string& controller) {
  if (!word_set(directory + "/cgroup.controllers").contains(controller)) return std::nullopt;
  return std::set<std::string>(listing.files.begin(), listing.files.end());
}

std::set<std::string> assume(const std::string& controller, const std::string& proc) {
  static constexpr std::array<std::pair<const char*, const char*>, 14> kFiles = {{
      {"cpu", "cpu.max"},
      {"cpu", "cpu.max.burst"},
      {"cpu", "cpu.weight"},
      {"cpu", "cpu.idle"},
      {"cpuset", "cpuset.cpus"},
      {"cpuset", "cpuset.mems"},
      {"io", "io.max"},
      {"io", "io.weight"},
      {"io", "io.latency"},
      {"memory", "memory.max"},
      {"memory", "memory.oom.group"},
      {"memory", "memory.zswap.max"},
      {"memory", "memory.zswap.writeback"},
      {"pids", "pids.max"},
  }};
  std::set<std::string> files;
  for (const auto& [owner, file] : kFiles) {
    if (controller == owner) files.insert(file);
  }
  if (controller == "memory" && exists(proc + "/swaps")) files.insert("memory.swap.max");
  if (controller == "io" && some_disk_has_scheduler("bfq")) files.insert("io.bfq.weight");
  return files;
}

std::set<std::string> probe_v2(const CgroupHost& host, const std::string& controller) {
  const std::string own = host.v2.own_directory();
  const CgroupListing own_listing = list_cgroup(own);
  // the root cgroup lacks what every other has, and can be told by having no type
  const auto is_root = [](const CgroupListing& listing) {
    return std::find(listing.files.begin(), listing.files.end(), "cgroup.type") == listing.files.end();
  };
  if (!is_root(own_listing)) {
    if (auto files = files_in(own, own_listing, controller)) return *files;
  }
  const std::string& top = host.v2.mount_point;
  for (const std::string& child : lasting_children(list_cgroup(top).children)) {
    const std::string directory = child_directory(top, child);
    if (auto files = files_in(directory, list_cgroup(directory), controller)) return *files;
  }
  if (word_set(top + "/cgroup.subtree_control").contains(controller)) {
    const TemporaryChild child(top);
    if (auto files = files_in(child.path(), child.list(), controller)) return *files;
  }
  return assume(controller, host.proc);
}

}  // namespace

bool some_disk_has_scheduler(const std::string& word) {
  const auto disks = list_directory("/sys/block");
  return std::any_of(disks.begin(), disks.end(), [&](const std::string& disk) {
    return read_file_if("/sys/block/" + disk + "/queue/scheduler").value_or("").find(word) !=
           std::string::npos;
  });
}

CgroupListing list_cgroup(const std::string& directory) {
  CgroupListing listing;
  const std::unique_ptr<DIR, CloseDir> dir(opendir(directory.c_str()));
  if (!dir) return listing;
  while (const dirent* entry = readdir(dir.get())) {
    if (entry->d_name[0] == '.') continue;
    (entry->d_type == DT_DIR ? listing.children : listing.files).emplace_back(entry->d_name);
  }
  return listing;
}

std::set<std::string> probe_control_files(const CgroupHost& host, const std::string& controller) {
  if (host.unified()) {
    const bool offered = host.v2.mounted() && host.controllers.contains(controller);
    return offered ? probe_v2(host, controller) : std::set<std::string>();
  }
  const auto found = host.v1.find(controller);
  return found == host.v1.end() ? std::set<std::string>() : probe_v1(found->second, controller == "blkio");
}

void remove_stale_probes(const CgroupHost& host) {
  if (host.v2.mounted()) remove_stale(host.v2.mount_point);
  if (const auto blkio = host.v1.find("blkio"); blkio != host.v1.end())
    remove_stale(blkio->second.mount_point);
}

}  // namespace sdcont
