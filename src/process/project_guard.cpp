#include "process/project_guard.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "util/error.h"

namespace sdcont {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kNative = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kNative = AUDIT_ARCH_AARCH64;
#else
#error "which architecture is this, by its name in linux/audit.h?"
#endif

constexpr uint32_t kCompatIoctl = 54;             // of i386 and of arm
constexpr uint32_t kX32Ioctl = 0x40000000 | 514;  // of x32, which is x86_64 to the filter
constexpr uint32_t kX32 = 0x40000000;
constexpr uint32_t kFileSetattr = 469;  // Linux 6.17, everywhere

constexpr sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
constexpr sock_filter if_equal(uint32_t value, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0);
}
constexpr sock_filter unless_equal(uint32_t value, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}
constexpr sock_filter answer(uint32_t value) { return BPF_STMT(BPF_RET | BPF_K, value); }

// Of an ioctl the kernel takes the lower half of the second argument; all of these machines are
// little-endian.
constexpr std::array kFilter = {
    load(offsetof(seccomp_data, arch)),
    unless_equal(kNative, 6),
    load(offsetof(seccomp_data, nr)),
    if_equal(kFileSetattr, 12),
    if_equal(kX32 | kFileSetattr, 11),
    if_equal(SYS_ioctl, 5),
    if_equal(kX32Ioctl, 4),
    answer(SECCOMP_RET_ALLOW),
    load(offsetof(seccomp_data, nr)),  // of another architecture
    if_equal(kFileSetattr, 6),
    unless_equal(kCompatIoctl, 4),
    load(offsetof(seccomp_data, args) + sizeof(uint64_t)),  // of an ioctl
    if_equal(FS_IOC_FSSETXATTR, 3),
    if_equal(FS_IOC_SETFLAGS, 2),
    if_equal(FS_IOC32_SETFLAGS, 1),
    answer(SECCOMP_RET_ALLOW),
    answer(SECCOMP_RET_ERRNO | EPERM),
};

}  // namespace

void forbid_project_changes() {
  auto filter = kFilter;
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
        "cannot keep the container in its project quota");
}

}  // namespace sdcont
