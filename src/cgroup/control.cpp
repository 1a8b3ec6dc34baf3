#include "cgroup/control.h"

#include <cerrno>
#include <set>

#include "cgroup/readback.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// What an errno means for files whose name begins so; the first row that fits is taken.
struct Diagnosis {
  int error;
  const char* file;
  const char* meaning;
};
constexpr Diagnosis kDiagnoses[] = {
    {EINVAL, "memory.memsw.limit_in_bytes", "memory and swap together cannot be less than memory alone"},
    {EINVAL, "memory.limit_in_bytes", "memory alone cannot be more than memory and swap together"},
    {EINVAL, "cpu.cfs", "the quota is out of range, or above that of the cgroup around it"},
    {EINVAL, "cpu.max", "the quota or period is out of range (1000 to 1000000 microseconds)"},
    {EINVAL, "cpu.rt_runtime_us", "the cgroups above must be given a realtime budget first"},
    {EINVAL, "cpuset.", "the list names what this machine, or the cgroup around it, does not have"},
    {EACCES, "cpuset.", "the list names what the cgroup around it does not have"},
    {EINVAL, "blkio.bfq.weight", "a weight is from 1 to 1000"},
    {EINVAL, "", "the kernel does not take this value"},
    {ERANGE, "cpuset.", "the list names what this machine does not have"},
    {ERANGE, "", "the value is out of the range that the kernel takes"},
    {EBUSY, "memory.limit_in_bytes", "more memory than that is in use and cannot be freed"},
    {EBUSY, "memory.memsw.limit_in_bytes", "more memory than that is in use and cannot be freed"},
    {EBUSY, "cpuset.", "a cgroup inside uses what would be taken away"},
    {EBUSY, "", "processes in it stand in the way"},
    {ENODEV, "io.", "there is no such disk; a whole disk is wanted, not a partition"},
    {ENODEV, "blkio.", "there is no such disk; a whole disk is wanted, not a partition"},
    {ENOSPC, "cpuset.", "no CPU or no memory node would be left"},
    {EOPNOTSUPP, "io.", "this disk's IO scheduler does not support it"},
    {EOPNOTSUPP, "blkio.", "this disk's IO scheduler does not support it"},
    {EOPNOTSUPP, "", "this kernel was built without it"},
    {EPERM, "", "the file belongs to somebody else; have the cgroup delegated, or run as root"},
    {EACCES, "", "the file belongs to somebody else; have the cgroup delegated, or run as root"},
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

Error diagnose_write(const ControlWrite& write, const std::string& directory, int error) {
  Error failed(
      "cannot set " + what(write) + " (write '" + write.value + "' to " + directory + "/" + write.file + ")",
      error);
  if (error == ENOENT) return failed.remedy(diagnose_missing(write, directory));
  for (const Diagnosis& row : kDiagnoses) {
    if (row.error == error && write.file.starts_with(row.file)) return failed.remedy(row.meaning);
  }
  return failed;
}

void write_limits(const CgroupRecord& record, const std::vector<ControlWrite>& writes) {
  for (const ControlWrite& write : writes) {
    const std::string directory = record.directory(write.controller);
    if (directory.empty()) {
      if (write.advisory) continue;
      throw Error("cannot set " + what(write) + ": the container has no cgroup of the controller '" +
                  write.controller + "'");
    }
    const int error = try_write_control(directory + "/" + write.file, write.value);
    if (error == ENOENT && write.advisory) continue;
    if (error != 0) throw diagnose_write(write, directory, error);
    verify_write(write, directory);
  }
}

}  // namespace sdcont
