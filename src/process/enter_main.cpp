// sdcont-enter SOCKET TERMINAL FILE ARGV0 [ARG...]: the last step of sdcont exec. Whoever executes it is in
// the container already but for its pid namespace, and has no more rights there than the command will have.
// It forks the command's process into the pid namespace: the first that the container can see of it, and what
// it sees is this program, mounted read-only, with nothing of sdcont's in its memory.
//
// Over the socket it tells the new process's pid, which is the child of its own parent, then waits for a
// byte, and tells errno where FILE cannot be executed.
//
// Without a C library: it runs in whatever root there is, and a static library's start (which asks the
// processor what it is, slow in a virtual machine) takes longer than all of this.
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace {

constexpr long kOwnFailure = 125;
constexpr long kNotExecutable = 126;

// The kernel's answer: negative errno on failure.
long system_call(long number, long a = 0, long b = 0, long c = 0) {
#if defined(__x86_64__)
  long result = 0;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#else
#error "how is a system call made here?"
#endif
}

template <typename T>
long address(const T* pointer) {
  return reinterpret_cast<long>(pointer);
}

[[noreturn]] void leave(long status) {
  for (;;) system_call(__NR_exit_group, status);
}

bool equal(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

long number_of(const char* text) {
  long number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = number * 10 + (*text - '0');
  return number;
}

bool tell(long socket, char what, long number) {
  struct [[gnu::packed]] {
    char what;
    int32_t number;
  } message = {what, static_cast<int32_t>(number)};
  return system_call(__NR_write, socket, address(&message), sizeof message) == sizeof message;
}

[[noreturn]] void run_command(long socket, bool terminal, char** argv, char** env) {
  char go = 0;
  long result = system_call(__NR_setsid);
  if (result >= 0 && terminal) result = system_call(__NR_ioctl, 0, TIOCSCTTY, 0);
  if (result < 0) {
    tell(socket, 's', -result);
    leave(kOwnFailure);
  }
  if (system_call(__NR_read, socket, address(&go), 1) != 1) leave(kOwnFailure);  // nobody waits any more
  system_call(__NR_fcntl, socket, F_SETFD, FD_CLOEXEC);
  tell(socket, 'e', -system_call(__NR_execve, address(argv[0]), address(argv + 1), address(env)));
  leave(kNotExecutable);
}

}  // namespace

// What the kernel has put on the stack: argc, argv, a null, the environment, a null.
extern "C" [[noreturn]] void enter(char** stack) {
  const auto argc = static_cast<int>(reinterpret_cast<intptr_t>(stack[0]));
  char** const argv = stack + 1;
  // "#!/proc/self/exe" inside a container leads to here
  if (argc < 5 || !equal(argv[0], "sdcont-enter")) leave(kNotExecutable);
  const long socket = number_of(argv[1]);
  clone_args args = {};
  args.flags = CLONE_PARENT;
  const long pid = system_call(__NR_clone3, address(&args), sizeof args);
  if (pid == 0) run_command(socket, equal(argv[2], "terminal"), argv + 3, argv + argc + 1);
  leave(tell(socket, pid > 0 ? 'p' : 'f', pid > 0 ? pid : -pid) ? 0 : kOwnFailure);
}

#if defined(__x86_64__)
asm(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call enter\n");
#else
asm(".globl _start\n_start: mov x29, #0\n mov x0, sp\n bl enter\n");
#endif
