#include "process/namespaces.h"

#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "process/clone.h"
#include "process/keyring.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

void bring_loopback_up() {
  const Fd socket_fd(
      check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "cannot open a socket for the loopback"));
  ifreq request{};
  memcpy(static_cast<char*>(request.ifr_name), "lo", sizeof "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  check(ioctl(socket_fd.get(), SIOCSIFFLAGS, &request), "cannot bring the loopback interface up");
}

void write_sysctl(const std::string& name, const std::string& value) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  const std::string what = "cannot set sysctl " + name + "=" + value;
  const Fd fd(open(("/proc/sys/" + path).c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT)
    throw Error(what).remedy("this kernel has no such setting in the container's namespaces");
  if (!fd) throw_errno(what);
  struct statfs fs {};
  if (fstatfs(fd.get(), &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC)
    throw Error(what + ": /proc is not procfs");
  if (write(fd.get(), value.data(), value.size()) < 0) throw_errno(what);
}

int unshare_flags(const Namespaces& namespaces) {
  int flags = CLONE_NEWNS;
  if (!namespaces.host_ipc) flags |= CLONE_NEWIPC;
  if (!namespaces.host_uts) flags |= CLONE_NEWUTS;
  if (!namespaces.host_network) flags |= CLONE_NEWNET;
  return flags;
}

}  // namespace

uint64_t clone_flags(const Namespaces& namespaces) { return namespaces.host_pid ? 0 : CLONE_NEWPID; }

void set_up_namespaces(const ContainerSpec& spec) {
  if (unshare(unshare_flags(spec.namespaces)) != 0) throw namespace_error(errno);
  join_session_keyring();
  if (!spec.namespaces.host_uts) {
    check(sethostname(spec.hostname.c_str(), spec.hostname.size()), "cannot set the hostname");
  }
  if (!spec.namespaces.host_network) bring_loopback_up();
  for (const auto& [name, value] : spec.sysctl) write_sysctl(name, value);
}

}  // namespace sdcont
