#include "process/namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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
}

}  // namespace sdcont
