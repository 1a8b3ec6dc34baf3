#include "process/keyring.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/error.h"

namespace sdcont {

void join_session_keyring() {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) >= 0 || errno == ENOSYS) return;
  if (errno == EDQUOT) {
    throw Error("cannot make a session keyring", EDQUOT).remedy("raise /proc/sys/kernel/keys/maxkeys");
  }
  throw_errno("cannot make a session keyring");
}

}  // namespace sdcont
