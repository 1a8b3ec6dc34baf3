/* Traces every process that appears in its pid namespace, as a container with CAP_SYS_PTRACE may, and looks for what no
 * process there should have: capabilities that this one does not have, the caller's environment, files of the host.
 * Says "traced N" at each new one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long long permitted(const char *path) {
  char line[256];
  unsigned long long set = 0;
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "CapPrm: %llx", &set);
  if (file) fclose(file);
  return set;
}

static void look(int pid, unsigned long long own) {
  char path[64], target[4096], buffer[65536];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  unsigned long long theirs = permitted(path);
  if (theirs & ~own) printf("CAPABLE %llx beyond %llx\n", theirs, own);
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  int fd = open(path, O_RDONLY);
  long n = fd < 0 ? 0 : read(fd, buffer, sizeof buffer - 1);
  if (fd >= 0) close(fd);
  if (n > 0 && memmem(buffer, n, "hunted", 6)) printf("SECRET in the environment\n");
  snprintf(path, sizeof path, "/proc/%d/root/etc/passwd", pid);
  if (access(path, F_OK) != 0 && errno != ENOENT && errno != ESRCH && errno != EACCES) perror(path);
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *fds = opendir(path);
  for (struct dirent *entry; fds && (entry = readdir(fds));) {
    char link[320];
    snprintf(link, sizeof link, "%s/%s", path, entry->d_name);
    n = readlink(link, target, sizeof target - 1);
    if (n <= 0 || atoi(entry->d_name) < 3) continue;
    target[n] = 0;
    if (target[0] == '/' && strncmp(target, "/proc", 5) != 0) printf("HOST file %s\n", target);
  }
  if (fds) closedir(fds);
  /* its memory */
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "r");
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDONLY);
  unsigned long long from, to;
  while (maps && memory >= 0 && fgets(buffer, sizeof buffer, maps)) {
    if (sscanf(buffer, "%llx-%llx rw", &from, &to) != 2 || !strstr(buffer, " rw")) continue;
    for (; from < to; from += sizeof buffer) {
      n = pread(memory, buffer, sizeof buffer, (off_t)from);
      if (n > 0 && memmem(buffer, n, "hunted", 6)) printf("SECRET in memory\n");
    }
  }
  if (memory >= 0) close(memory);
  if (maps) fclose(maps);
}

int main(void) {
  unsigned long long own = permitted("/proc/self/status");
  int last = 1, count = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");
  for (;;) {
    for (int pid = last + 1; pid < last + 40; ++pid) {
      int status;
      if (pid == getpid() || ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) continue;
      ptrace(PTRACE_INTERRUPT, pid, 0, 0);
      if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        look(pid, own);
        printf("traced %d\n", ++count);
        ptrace(PTRACE_DETACH, pid, 0, 0);
      }
      last = pid;
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}
