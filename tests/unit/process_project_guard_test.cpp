#include "process/project_guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"

namespace sdcont {
namespace {

// In a child, since it is for good: the number of the first thing that was not as it should be.
int misbehaviour() {
  const Fd file(open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return 1;
  forbid_project_changes();
  fsxattr attributes{};
  int flags = 0;
  const auto is_forbidden = [](long result) { return result == -1 && errno == EPERM; };
  if (!is_forbidden(ioctl(file.get(), FS_IOC_FSSETXATTR, &attributes))) return 2;
  if (!is_forbidden(ioctl(file.get(), FS_IOC_SETFLAGS, &flags))) return 3;
  if (!is_forbidden(ioctl(file.get(), FS_IOC32_SETFLAGS, &flags))) return 4;
  if (!is_forbidden(ioctl(file.get(), FS_IOC_FSSETXATTR | (1UL << 40), &attributes))) return 5;
  if (!is_forbidden(syscall(469, -1, "", nullptr, 0, 0))) return 6;  // file_setattr
  if (is_forbidden(ioctl(file.get(), FS_IOC_GETFLAGS, &flags))) return 7;
  if (is_forbidden(ioctl(file.get(), FS_IOC_FSGETXATTR, &attributes))) return 8;
  if (write(file.get(), "x", 1) != 1) return 9;
#if defined(__x86_64__)
  // ioctl by the system call of 32-bit programs
  long result = 54;
  asm volatile("int $0x80" : "+a"(result) : "b"(file.get()), "c"(FS_IOC_FSSETXATTR), "d"(0) : "memory");
  if (result != -EPERM && result != -ENOSYS) return 10;  // ENOSYS: a kernel without them
#endif
  return 0;
}

TEST(ProjectGuardTest, AttributesOfFilesCannotBeSet) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const pid_t child = fork();
  if (child == 0) _exit(misbehaviour());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

}  // namespace
}  // namespace sdcont
