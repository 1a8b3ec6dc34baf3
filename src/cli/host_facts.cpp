#include "cli/host_facts.h"

#include <linux/magic.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "limits/block_device.h"
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

bool is_pinned(const std::string& path) {
  struct statfs fs {};
  if (statfs(path.c_str(), &fs) != 0) throw_errno("cannot look at the BPF program " + printable(path));
  return fs.f_type == BPF_FS_MAGIC && !exists(path + "/.");  // a directory has been pinned by nobody
}

}  // namespace

HostFacts host_facts(const StorePaths& paths) {
  HostFacts facts;
  struct sysinfo info {};
  if (sysinfo(&info) == 0) facts.memory_bytes = static_cast<uint64_t>(info.totalram) * info.mem_unit;
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
