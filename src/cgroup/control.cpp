#include "cgroup/control.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "cgroup/readback.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// What an errno means for files whose name begins so, and what can be done; the first row that fits is
/// taken.
struct Diagnosis {
  int error = 0;
  const char* file = "";
  const char* meaning = "";
  const char* remedy = "";
};
constexpr const char* kNoBudget = "the cgroups above it have no realtime time to share";
constexpr const char* kGiveBudget = "write some into cpu.rt_runtime_us of each cgroup above, outermost first";
constexpr const char* kNoWeights = "this disk's IO scheduler has no weights";
constexpr const char* kUseBfq = "give it another: echo bfq | sudo tee /sys/block/DISK/queue/scheduler";
constexpr const char* kNoDisk = "there is no such disk; a whole disk is wanted, not a partition";
constexpr const char* kInUse = "more memory than that is in use and cannot be freed";
constexpr const char* kNotOurs = "the file belongs to somebody else";
constexpr const char* kDelegate = "have the cgroup delegated, or run as root";
constexpr Diagnosis kDiagnoses[] = {
    {EINVAL, "memory.memsw.limit_in_bytes", "memory and swap together cannot be less than memory alone"},
    {EINVAL, "memory.limit_in_bytes", "memory alone cannot be more than memory and swap together"},
    {EINVAL, "cpu.cfs", "the quota is out of range, or above that of the cgroup around it"},
    {EINVAL, "cpu.max", "the quota or period is out of range (1000 to 1000000 microseconds)"},
    {EINVAL, "cpu.rt_runtime_us", kNoBudget, kGiveBudget},
    {EINVAL, "cpuset.", "the list names what this machine, or the cgroup around it, does not have"},
    {EACCES, "cpuset.", "the list names what the cgroup around it does not have"},
    {EINVAL, "blkio.bfq.weight", "a weight is from 1 to 1000"},
    {EINVAL, "", "the kernel does not take this value"},
    {ERANGE, "cpuset.", "the list names what this machine does not have"},
    {ERANGE, "", "the value is out of the range that the kernel takes"},
    {EBUSY, "memory.limit_in_bytes", kInUse},
    {EBUSY, "memory.memsw.limit_in_bytes", kInUse},
    {EBUSY, "cpuset.", "a cgroup inside uses what would be taken away"},
    {EBUSY, "", "processes in it stand in the way"},
    {ENODEV, "io.", kNoDisk},
    {ENODEV, "blkio.", kNoDisk},
    {ENOSPC, "cpuset.", "no CPU or no memory node would be left"},
    {EOPNOTSUPP, "io.weight", kNoWeights, kUseBfq},
    {EOPNOTSUPP, "io.bfq.weight", kNoWeights, kUseBfq},
    {EOPNOTSUPP, "blkio.bfq.weight", kNoWeights, kUseBfq},
    {EOPNOTSUPP, "io.", "this disk's IO scheduler does not support it"},
    {EOPNOTSUPP, "blkio.", "this disk's IO scheduler does not support it"},
    {EOPNOTSUPP, "", "this kernel was built without it"},
    {EPERM, "", kNotOurs, kDelegate},
    {EACCES, "", kNotOurs, kDelegate},
    {EROFS, "", "the cgroup file system is mounted read-only"},
};

std::string what(const ControlWrite& write) { return write.limit.empty() ? write.file : write.limit; }

std::string diagnose_missing(const ControlWrite& write, const std::string& directory) {
  const auto offered = read_file_if(directory + "/cgroup.controllers");
  if (offered) {
    const auto list = words(*offered);
    const std::set<std::string> controllers(list.begin(), list.end());
    const bool is_core = write.controller.empty() || write.controller == "cgroup";
    if (!is_core && !controllers.contains(write.controller)) {
      return "the " + write.controller + " controller is not available in this cgroup; see " + directory +
             "/cgroup.controllers";
    }
  }
  if (write.file.starts_with("memory.swap.") || write.file.starts_with("memory.memsw.")) {
    return "this kernel does not account for swap; boot with swapaccount=1";
  }
  return "this kernel has no " + write.file;
}

}  // namespace

Refusal diagnose_write(const ControlWrite& write, const CgroupRecord& record, int error) {
  const std::string directory = record.directory(write.controller);
  if (error == ENOENT) return {what(write), diagnose_missing(write, directory), ""};
  const Diagnosis* const known = std::find_if(
      std::begin(kDiagnoses), std::end(kDiagnoses),
      [&](const Diagnosis& row) { return row.error == error && write.file.starts_with(row.file); });
  const std::string version = record.mode == CgroupMode::unified ? "cgroup v2" : "cgroup v1";
  Refusal refusal{what(write),
                  version + " does not take '" + write.value + "' in " + directory + "/" + write.file + " (" +
                      strerror(error) + ")",
                  ""};
  if (known != std::end(kDiagnoses)) {
    refusal.reason += std::string(": ") + known->meaning;
    refusal.remedy = known->remedy;
  }
  return refusal;
}

void write_limits(const CgroupRecord& record, const std::vector<ControlWrite>& writes,
                  const std::function<void(const Refusal&)>& refused) {
  for (const ControlWrite& write : writes) {
    const std::string directory = record.directory(write.controller);
    if (directory.empty()) {
      if (write.advisory) continue;
      throw Error("cannot set " + what(write) + ": the container has no cgroup of the controller '" +
                  write.controller + "'");
    }
    const int error = try_write_control(directory + "/" + write.file, write.value);
    if (error == ENOENT && write.advisory) continue;
    if (error != 0) {
      refused(diagnose_write(write, record, error));
    } else if (const auto refusal = verify_write(write, directory)) {
      refused(*refusal);
    }
  }
}

}  // namespace sdcont
