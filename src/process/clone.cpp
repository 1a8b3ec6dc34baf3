#include "process/clone.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

#include <csignal>
#include <string>

namespace sdcont {

pid_t clone_process(const CloneRequest& request, Fd& pidfd) {
  int fd = -1;
  clone_args args{};
  args.flags = request.namespaces | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&fd);
  args.exit_signal = SIGCHLD;
  if (request.cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
  if (pid >= 0) {
    if (pid > 0) pidfd.reset(fd);
    return pid;
  }
  throw namespace_error(errno);
}

Error namespace_error(int number) {
  const Error error("cannot make the container's namespaces", number);
  switch (number) {
    case EPERM:
      return error.remedy("run sdcont as root (sudo), outside a sandbox that forbids namespaces");
    case ENOSPC:
      return error.remedy("raise the limits in /proc/sys/user/max_*_namespaces");
    case EAGAIN:
      return error.remedy("the limit of processes is reached: raise ulimit -u or TasksMax of the caller");
    case ENOSYS:
      return error.remedy("sdcont needs Linux 5.15 or newer");
    default:
      return error;
  }
}

}  // namespace sdcont
