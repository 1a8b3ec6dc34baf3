// sdcont-init FILE ARGV0 [ARG...]: PID 1 of a container that was run with --init. Runs FILE as its child,
// passes signals on, reaps every orphan, and ends with the child's status. Linked statically and run from a
// sealed copy in memory, so it has neither libraries nor a file that the container could tamper with.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kOwnFailure = 125;
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

[[noreturn]] void run_command(char** argv, const sigset_t& mask) {
  // a process group of its own, in the foreground of the terminal where there is one
  setpgid(0, 0);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(STDIN_FILENO, getpid());
  signal(SIGTTOU, SIG_DFL);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  if (getenv("LISTEN_PID") != nullptr) {  // sockets are the command's, not PID 1's
    std::array<char, 16> pid{};
    snprintf(pid.data(), pid.size(), "%d", getpid());
    setenv("LISTEN_PID", pid.data(), 1);
  }
  execv(argv[1], argv + 2);
  const int error = errno;
  dprintf(STDERR_FILENO, "sdcont-init: cannot execute %s: %s\n", argv[1], strerror(error));
  _exit(error == ENOENT ? kNotFound : kNotExecutable);
}

// Reaps what has ended; the status of `child`, once it has, as a shell gives it, else -1.
int reap(pid_t child) {
  int result = -1;
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child) result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return kNotFound;
  prctl(PR_SET_NAME, "sdcont-init", 0, 0, 0);  // else the number of the descriptor that it was run from
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child < 0) {
    dprintf(STDERR_FILENO, "sdcont: cannot start %s: %s; is --pids-limit too low?\n", argv[1],
            strerror(errno));
    return kOwnFailure;
  }
  if (child == 0) run_command(argv, before);
  for (;;) {
    const int number = sigwaitinfo(&all, nullptr);
    if (number == SIGCHLD) {
      const int status = reap(child);
      if (status >= 0) return status;
    } else if (number > 0) {
      kill(-child, number);
    }
  }
}
