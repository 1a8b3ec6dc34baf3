#include "process/init.h"

#include <grp.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "process/capabilities.h"
#include "process/namespaces.h"
#include "process/program.h"
#include "process/project_guard.h"
#include "process/rlimits.h"
#include "process/terminal.h"
#include "rootfs/build.h"
#include "rootfs/passwd.h"
#include "rootfs/workdir.h"
#include "util/file.h"

namespace sdcont {
namespace {

// Dies with the supervisor until the command runs: nothing of a launch that was killed stays behind.
void die_with_supervisor(const Channel& channel) {
  check(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "cannot tie init to the supervisor");
  // it may have died before the line above
  pollfd supervisor{channel.get(), 0, 0};
  if (poll(&supervisor, 1, 0) > 0 && (supervisor.revents & POLLHUP) != 0) _exit(kExitOwnFailure);
}

// Once it has no more rights than a container has, one that sees this process (--pid host) could open our
// binary as its /proc/PID/exe, and write to that when we have ended (CVE-2019-5736). Executing the command
// ends this.
void hide_own_binary() { check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "cannot hide init from other processes"); }

void enter_cgroups(const std::vector<int>& entrances) {
  for (const int file : entrances) check(write(file, "0", 1), "cannot enter the container's cgroup");
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  check(sigprocmask(SIG_SETMASK, &none, nullptr), "cannot reset the signal mask");
}

std::vector<std::string> environment(const Process& process, const std::string& home) {
  std::vector<std::string> env = process.env;
  const bool has_home =
      std::any_of(env.begin(), env.end(), [](const auto& entry) { return entry.starts_with("HOME="); });
  if (!has_home) env.push_back("HOME=" + home);
  return env;
}

void write_own_proc(const std::string& path, const std::string& value) {
  const Fd fd = open_file(path, O_WRONLY);
  struct statfs fs {};
  if (fstatfs(fd.get(), &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC) throw Error(path + " is not procfs");
  if (write(fd.get(), value.data(), value.size()) < 0) throw_errno("cannot write " + value + " to " + path);
}

void set_priorities(const Process& process) {
  try {
    write_own_proc("/proc/self/oom_score_adj", std::to_string(process.oom_score_adj.value_or(0)));
  } catch (const Error& error) {
    if (!process.oom_score_adj || error.error() != EACCES) throw;
    throw Error("--oom-score-adj: less than the caller's own needs CAP_SYS_RESOURCE", EACCES);
  }
  if (process.nice) check(setpriority(PRIO_PROCESS, 0, *process.nice), "cannot set the nice level");
}

void become_user(const ContainerSpec& spec, const UserIds& ids) {
  const Process& process = spec.process;
  limit_capabilities(process.capabilities);
  if (process.no_new_privileges) {
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot set no-new-privileges");
  }
  check(setgroups(ids.groups.size(), ids.groups.data()), "cannot set the supplementary groups");
  check(setresgid(ids.gid, ids.gid, ids.gid), "cannot change the group");
  check(setresuid(ids.uid, ids.uid, ids.uid), "cannot change the user");
  set_capabilities(process.capabilities, ids.uid == 0);
}

void redirect_input(const Process& process) {
  if (process.stdin_open) return;
  // a volume over /dev may have anything there: a FIFO would hold us up
  const Fd null = open_file("/dev/null", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  check(fstat(null.get(), &status), "cannot look at /dev/null");
  if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) {
    throw Error("/dev/null in the container is not the null device").remedy("correct the volume, or use -i");
  }
  check(dup2(null.get(), STDIN_FILENO), "cannot close the standard input");
}

std::optional<Pty> make_terminal(const InitTask& task) {
  if (!task.spec.process.terminal) return std::nullopt;
  Pty pty = open_pty();
  bind_console(-1, pty.slave.get());
  task.channel.send(Message::terminal, {}, pty.master.get());
  return pty;
}

// The reaper runs from a sealed copy in memory: its /proc/PID/exe leads to no file of the host.
[[noreturn]] void execute_reaper(int reaper, const std::string& file, std::vector<std::string> args,
                                 const std::vector<std::string>& env) {
  args.insert(args.begin(), {"sdcont-init", file});
  execute("/proc/self/fd/" + std::to_string(reaper), args, env);
}

// Ends where the launch was given up instead.
void await(const Channel& channel, Message message) {
  const auto packet = channel.receive();
  if (!packet || packet->type != message) _exit(kExitOwnFailure);
}

[[noreturn]] void become_command(const InitTask& task, const std::optional<Pty>& pty) {
  const ContainerSpec& spec = task.spec;
  const UserIds ids = look_up_user(-1, spec.process.user);
  const auto env = environment(spec.process, ids.home);
  set_priorities(spec.process);
  umask(kUmask);
  enter_working_directory(spec.process.cwd);
  if (pty) {
    check(fchown(pty->slave.get(), ids.uid, static_cast<gid_t>(-1)), "cannot give the terminal to the user");
    adopt_terminal(pty->slave);
  } else {
    redirect_input(spec.process);
  }
  const std::string& name = spec.process.args.at(0);
  const std::string path = environment_value(env, "PATH");
  const auto ours = find_own_binary(name, path);  // while every script can be read
  set_rlimits(spec.process.rlimits);              // of descriptors, too: nothing is opened from here on
  if (task.in_project) forbid_project_changes();
  become_user(spec, ids);
  const std::string file = find_program(name, path, ours);
  task.channel.send(Message::ready);
  await(task.channel, Message::go);
  reset_signals();
  check(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0), "cannot untie init from the supervisor");
  task.channel.send(Message::executing);
  if (task.reaper >= 0) execute_reaper(task.reaper, file, spec.process.args, env);
  execute(file, spec.process.args, env);
}

[[noreturn]] void run(const InitTask& task) {
  const auto first_own = static_cast<unsigned>(3 + task.spec.process.preserve_fds);
  check(close_range(first_own, ~0U, CLOSE_RANGE_CLOEXEC), "cannot mark descriptors close-on-exec");
  die_with_supervisor(task.channel);
  hide_own_binary();
  enter_cgroups(task.entrances);
  check(setsid(), "cannot start a session");
  set_up_namespaces(task.spec);
  build_root(task.plan, task.storage);
  const auto pty = make_terminal(task);
  if (!task.placed) await(task.channel, Message::placed);
  check(unshare(CLONE_NEWCGROUP), "cannot make a cgroup namespace");
  mount_cgroups(task.plan);
  become_command(task, pty);
}

}  // namespace

void run_init(const InitTask& task) noexcept {
  Failure failure;
  failure.doing = "the container's init failed";
  try {
    run(task);
  } catch (const Error& error) {
    failure = error.failure();
  } catch (const std::exception& error) {
    failure.doing = error.what();
  }
  try {
    task.channel.send(failure);
  } catch (const std::exception&) {
    // nobody is left to tell
  }
  _exit(failure.exit_status);
}

}  // namespace sdcont
