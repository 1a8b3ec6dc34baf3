#include "cli/missing.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "util/error.h"
#include "util/file.h"
#include "util/libexec.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kCgroups = "/sys/fs/cgroup";

bool kernel_has_filesystem(const std::string& name) {
  const auto lines = split(read_file_if("/proc/filesystems").value_or(""), '\n');
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const auto parts = words(line);
    return !parts.empty() && parts.back() == name;
  });
}

// The commands that add a word to the kernel's command line, by what this system has for that.
std::string boot_with(const std::string& parameter) {
  if (exists("/usr/sbin/update-grub")) {
    return fmt::format(
        "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&{} /' /etc/default/grub && sudo update-grub && sudo reboot",
        parameter);
  }
  if (exists("/usr/sbin/grubby")) {
    return fmt::format("sudo grubby --update-kernel=ALL --args={} && sudo reboot", parameter);
  }
  return fmt::format("add {} to the kernel's command line, and reboot", parameter);
}

// How the kernel was configured without a controller.
std::string build_option(const std::string& controller) {
  static const std::map<std::string, std::string> options = {
      {"cpu", "CONFIG_CGROUP_SCHED=y CONFIG_CFS_BANDWIDTH=y"},
      {"cpuset", "CONFIG_CPUSETS=y"},
      {"io", "CONFIG_BLK_CGROUP=y CONFIG_BLK_DEV_THROTTLING=y"},
      {"memory", "CONFIG_MEMCG=y"},
      {"pids", "CONFIG_CGROUP_PIDS=y"}};
  return "use a kernel that is built with " + options.at(controller);
}

// From /proc/cgroups: controllers by whether they are enabled.
std::map<std::string, bool> compiled_controllers(const std::string& proc) {
  std::map<std::string, bool> found;
  for (const std::string& line : split(read_file_if(proc + "/cgroups").value_or(""), '\n')) {
    const auto parts = words(line);
    if (parts.size() == 4 && !line.starts_with('#')) found[parts[0]] = parts[3] == "1";
  }
  return found;
}

std::string controller_remedy(const CgroupHost& cgroups, const std::string& name, const std::string& proc) {
  const auto compiled = compiled_controllers(proc);
  const std::string kernel_name = name == "io" ? "blkio" : name;  // /proc/cgroups has v1's
  if (const auto found = compiled.find(kernel_name); found == compiled.end()) {
    // 6.11 and later do not list what v1 does not have any more
    if (!cgroups.unified()) return build_option(name);
  } else if (!found->second) {
    return boot_with("cgroup_enable=" + kernel_name);
  }
  if (cgroups.unified()) {
    return fmt::format("echo +{} | sudo tee {}/cgroup.subtree_control", name, cgroups.v2.mount_point);
  }
  const std::string directory = std::string(kCgroups) + "/" + kernel_name;
  return fmt::format("sudo mkdir -p {0} && sudo mount -t cgroup -o {1} cgroup {0}", directory, kernel_name);
}

void find_missing_controllers(const CgroupHost& cgroups, const std::string& proc,
                              std::vector<Missing>& missing) {
  if (!cgroups.v2.mounted() && cgroups.v1.empty()) {
    missing.push_back(
        {"cgroups: none are mounted", fmt::format("sudo mount -t cgroup2 cgroup2 {}", kCgroups)});
    return;
  }
  for (const char* name : {"cpu", "cpuset", "io", "memory", "pids"}) {
    const std::string mounted = !cgroups.unified() && std::string(name) == "io" ? "blkio" : name;
    if (cgroups.controllers.contains(mounted)) continue;
    missing.push_back({fmt::format("the {} controller", mounted), controller_remedy(cgroups, name, proc)});
  }
  const bool memory = cgroups.controllers.contains("memory");
  const bool swap =
      cgroups.files.contains("memory.swap.max") || cgroups.files.contains("memory.memsw.limit_in_bytes");
  if (memory && !swap) missing.push_back({"limits of swap", boot_with("swapaccount=1")});
}

}  // namespace

std::vector<std::pair<std::string, bool>> kernel_features() {
  const auto is = [](const char* path) { return exists(path); };
  return {{"overlay", kernel_has_filesystem("overlay")},
          {"pid namespaces", is("/proc/self/ns/pid")},
          {"network namespaces", is("/proc/self/ns/net")},
          {"ipc namespaces", is("/proc/self/ns/ipc")},
          {"uts namespaces", is("/proc/self/ns/uts")},
          {"cgroup namespaces", is("/proc/self/ns/cgroup")},
          {"pressure (PSI)", is("/proc/pressure/cpu")},
          {"seccomp", is("/proc/sys/kernel/seccomp/actions_avail")}};
}

std::vector<Missing> find_missing(const CgroupHost& cgroups, const std::string& proc) {
  static const std::map<std::string, std::string> options = {{"pid namespaces", "CONFIG_PID_NS=y"},
                                                             {"network namespaces", "CONFIG_NET_NS=y"},
                                                             {"ipc namespaces", "CONFIG_IPC_NS=y"},
                                                             {"uts namespaces", "CONFIG_UTS_NS=y"},
                                                             {"cgroup namespaces", "CONFIG_CGROUPS=y"}};
  std::vector<Missing> missing;
  if (geteuid() != 0) missing.push_back({"the rights to make containers", "sudo sdcont run …"});
  for (const auto& [name, there] : kernel_features()) {
    if (there) continue;
    if (name == "overlay") missing.push_back({"the overlay file system", "sudo modprobe overlay"});
    if (name == "pressure (PSI)") missing.push_back({"pressure figures", boot_with("psi=1")});
    if (const auto option = options.find(name); option != options.end()) {
      missing.push_back({name, "use a kernel that is built with " + option->second});
    }
  }
  find_missing_controllers(cgroups, proc, missing);
  try {
    static_cast<void>(libexec_file("sdcont-init"));
  } catch (const Error& error) {
    missing.push_back({"what --init runs: " + std::string(error.what()), "install sdcont anew"});
  }
  return missing;
}

}  // namespace sdcont
