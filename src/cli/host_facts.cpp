#include "cli/host_facts.h"

#include <linux/magic.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "cgroup/choose.h"
#include "limits/block_device.h"
#include "systemd/manager.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string online(const char* what) {
  return std::string(trim(read_file_if(std::string("/sys/devices/system/") + what + "/online").value_or("")));
}

// The store, or where it will be made: before the first container there is none.
std::string existing_part(std::string path) {
  while (path.size() > 1 && !exists(path)) path.erase(std::max<size_t>(path.rfind('/'), 1));
  return path;
}

/// The smallest limit of the cgroups around a container in this slice.
uint64_t limit_around(const std::string& slice, const char* controller, const char* v2_file,
                      const char* v1_file) {
  const CgroupHost host = detect_cgroups();
  const CgroupManager manager =
      slice != kCallersCgroup && systemd_booted() ? CgroupManager::systemd : CgroupManager::cgroupfs;
  return smallest_limit(cgroups_around(host, manager, controller, slice), host.unified() ? v2_file : v1_file);
}

uint64_t all_memory(const std::string& slice) {
  struct sysinfo info {};
  check(sysinfo(&info), "cannot tell how much memory there is");
  return std::min(static_cast<uint64_t>(info.totalram) * info.mem_unit,
                  limit_around(slice, "memory", "memory.max", "memory.limit_in_bytes"));
}

uint64_t all_tasks(const std::string& slice) {
  uint64_t tasks = limit_around(slice, "pids", "pids.max", "pids.max");
  for (const char* file : {"/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"}) {
    tasks = std::min(tasks, parse_unsigned(trim(read_file_if(file).value_or(""))).value_or(kUnlimited));
  }
  return tasks;
}

bool is_pinned(const std::string& path) {
  struct statfs fs {};
  if (statfs(path.c_str(), &fs) != 0) throw_errno("cannot look at the BPF program " + printable(path));
  return fs.f_type == BPF_FS_MAGIC && !exists(path + "/.");  // a directory has been pinned by nobody
}

}  // namespace

HostFacts host_facts(const StorePaths& paths, const std::string& slice) {
  HostFacts facts;
  facts.memory_bytes = [slice] { return all_memory(slice); };
  facts.tasks = [slice] { return all_tasks(slice); };
  facts.cpus = static_cast<unsigned>(get_nprocs());
  facts.page_size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  facts.online_cpus = online("cpu");
  facts.online_nodes = online("node");
  facts.resolve_disk = [root = paths.root](const std::string& path) {
    return resolve_disk(path == "auto" ? existing_part(root) : path);
  };
  facts.is_pinned = is_pinned;
  return facts;
}

}  // namespace sdcont
