#include "cgroup/cgroup.h"

#include <cerrno>

#include "cgroup/control.h"
#include "cgroup/device_bpf.h"
#include "cgroup/maker.h"
#include "cgroup/membership.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

[[noreturn]] void throw_not_attached(pid_t pid, const std::string& directory, int error) {
  const Error failed("cannot move process " + std::to_string(pid) + " into the cgroup " + directory, error);
  switch (error) {
    case ESRCH:
      throw failed.remedy("it has ended");
    case ENOSPC:
      throw failed.remedy("cpuset.cpus or cpuset.mems of that cgroup is empty");
    case EBUSY:
      throw failed.remedy("that cgroup gives controllers to cgroups below and so can hold no process");
    case EINVAL:
      throw failed.remedy("a realtime process needs cpu.rt_runtime_us");
    case EOPNOTSUPP:
      throw failed.remedy("that cgroup's type is not \"domain\"; see its cgroup.type");
    case EAGAIN:
      throw failed.remedy("a limit on tasks in a cgroup above is reached");
    default:
      throw Error(failed);
  }
}

}  // namespace

std::string CgroupRecord::directory(const std::string& controller) const {
  const auto find = [this](const std::string& name) {
    const auto found = payload.find(name);
    return found == payload.end() ? std::string() : found->second;
  };
  if (mode == CgroupMode::unified || controller == "cgroup") return find("");
  return find(controller == "io" ? "blkio" : controller);
}

CgroupMaker::CgroupMaker(const CgroupHost& host, CgroupRequest request, CgroupManager manager)
    : host_(host), request_(std::move(request)) {
  record_.manager = manager;
  record_.mode = host.mode;
}

void CgroupMaker::make_payload(const std::vector<CgroupChain>& chains) {
  for (const CgroupChain& chain : chains) note_chain(chain, record_);
  announce();
  for (const CgroupChain& chain : chains) make_chain(chain);
  write_limits(record_, request_.limits.writes, request_.refused);
  if (host_.unified() && !request_.limits.device_rules.empty()) {
    attach_device_rules(record_.directory(""), request_.limits.device_rules);
  }
}

std::vector<Fd> open_entrances(const CgroupRecord& record, Hierarchies which) {
  std::vector<Fd> entrances;
  std::set<std::string> done;
  for (const auto& [controller, directory] : record.payload) {
    const bool v2 = controller.empty();
    if ((v2 && which == Hierarchies::v1) || !done.insert(directory).second) continue;
    entrances.push_back(open_file(directory + (v2 ? "/cgroup.procs" : "/tasks"), O_WRONLY));
  }
  return entrances;
}

void CgroupMaker::attach(pid_t init) {
  if (is_member(host_, record_, init)) return;  // cloned into it, or entered by itself
  // One hierarchy right after the other: the first move of a process waits for the kernel to quiesce forks
  // (an RCU grace period, up to 15 ms), those that follow at once do not.
  std::set<std::string> done;
  for (const auto& [controller, directory] : record_.payload) {
    if (!done.insert(directory).second) continue;
    const int error = try_write_control(directory + "/cgroup.procs", std::to_string(init));
    if (error != 0) throw_not_attached(init, directory, error);
  }
  verify_membership(host_, record_, init);
}

std::unique_ptr<Cgroup> make_cgroup(const CgroupHost& host, CgroupRequest request, SystemdManager* systemd) {
  if (systemd != nullptr) return make_scope_cgroup(host, std::move(request), *systemd);
  if (host.unified()) return make_unified_cgroup(host, std::move(request));
  return make_legacy_cgroup(host, std::move(request));
}

}  // namespace sdcont
