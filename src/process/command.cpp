#include "process/command.h"

#include <grp.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "process/capabilities.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

void write_own_proc(const std::string& path, const std::string& value) {
  const Fd fd = open_file(path, O_WRONLY);
  struct statfs fs {};
  if (fstatfs(fd.get(), &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC) throw Error(path + " is not procfs");
  if (write(fd.get(), value.data(), value.size()) < 0) throw_errno("cannot write " + value + " to " + path);
}

}  // namespace

void hide_from_tracers() { check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "cannot hide from other processes"); }

void set_priorities(const Process& process) {
  try {
    write_own_proc("/proc/self/oom_score_adj", std::to_string(process.oom_score_adj.value_or(0)));
  } catch (const Error& error) {
    if (!process.oom_score_adj || error.error() != EACCES) throw;
    throw Error("--oom-score-adj: less than the caller's own needs CAP_SYS_RESOURCE", EACCES);
  }
  if (process.nice) check(setpriority(PRIO_PROCESS, 0, *process.nice), "cannot set the nice level");
}

void become_user(const Process& process, const UserIds& ids) {
  limit_capabilities(process.capabilities);
  if (process.no_new_privileges) {
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot set no-new-privileges");
  }
  check(setgroups(ids.groups.size(), ids.groups.data()), "cannot set the supplementary groups");
  check(setresgid(ids.gid, ids.gid, ids.gid), "cannot change the group");
  check(setresuid(ids.uid, ids.uid, ids.uid), "cannot change the user");
  set_capabilities(process.capabilities, ids.uid == 0);
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  check(sigprocmask(SIG_SETMASK, &none, nullptr), "cannot reset the signal mask");
}

std::vector<std::string> command_environment(const Process& process, const std::string& home) {
  std::vector<std::string> env = process.env;
  const bool has_home =
      std::any_of(env.begin(), env.end(), [](const auto& entry) { return entry.starts_with("HOME="); });
  if (!has_home) env.push_back("HOME=" + home);
  return env;
}

}  // namespace sdcont
