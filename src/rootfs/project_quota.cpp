#include "rootfs/project_quota.h"

#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/error.h"

namespace sdcont {
namespace {

constexpr int kProjectQuota = 2;  // PRJQUOTA, which <sys/quota.h> does not know

// quotactl_fd(2), Linux 5.14: it needs no path of the block device.
long quota(int dir, int command, uint32_t project, void* data) {
  return syscall(SYS_quotactl_fd, dir, QCMD(static_cast<unsigned>(command), kProjectQuota), project, data);
}

bool is_unused(int dir, uint32_t project) {
  dqblk block{};
  if (quota(dir, Q_GETQUOTA, project, &block) != 0) {
    if (errno == ENOENT || errno == ESRCH) return true;  // xfs: there is none
    throw_errno("cannot look at project quotas");
  }
  return block.dqb_bhardlimit == 0 && block.dqb_bsoftlimit == 0 && block.dqb_ihardlimit == 0 &&
         block.dqb_isoftlimit == 0 && block.dqb_curspace == 0 && block.dqb_curinodes == 0;
}

void set_limit(int dir, uint32_t project, uint64_t size) {
  constexpr uint64_t kBlock = 1024;  // QIF_DQBLKSIZE
  dqblk block{};
  block.dqb_bhardlimit = (size + kBlock - 1) / kBlock;
  block.dqb_valid = QIF_BLIMITS;
  if (quota(dir, Q_SETQUOTA, project, &block) != 0) throw_errno("cannot set a project quota");
}

}  // namespace

bool has_project_quotas(int dir) {
  fs_quota_statv state{};
  state.qs_version = FS_QSTATV_VERSION1;
  if (quota(dir, Q_XGETQSTATV, 0, &state) != 0 || (state.qs_flags & FS_QUOTA_PDQ_ENFD) == 0) return false;
  // One that is in a project has its limit already, which we would take it out of.
  fsxattr attributes{};
  return ioctl(dir, FS_IOC_FSGETXATTR, &attributes) == 0 && attributes.fsx_projid == 0;
}

uint32_t unused_project(int dir) {
  constexpr uint32_t kFirst = 1 << 20;  // people number theirs from 1
  for (int attempt = 0; attempt < 100; ++attempt) {
    uint32_t random = 0;
    check(getrandom(&random, sizeof random, 0), "cannot get random numbers");
    const uint32_t project = kFirst + random % ((1U << 31) - kFirst);
    if (is_unused(dir, project)) return project;
  }
  throw Error("cannot find a project id that is not in use");
}

void limit_project(int dir, uint32_t project, uint64_t size) {
  set_limit(dir, project, size);  // first: a directory in a project without a limit would be one without
  fsxattr attributes{};
  check(ioctl(dir, FS_IOC_FSGETXATTR, &attributes), "cannot look at the project of the container's layers");
  attributes.fsx_projid = project;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  check(ioctl(dir, FS_IOC_FSSETXATTR, &attributes), "cannot make a project of the container's layers");
}

void unlimit_project(int dir, uint32_t project) { set_limit(dir, project, 0); }

}  // namespace sdcont
