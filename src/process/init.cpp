#include "process/init.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include "process/command.h"
#include "process/namespaces.h"
#include "process/program.h"
#include "process/project_guard.h"
#include "process/report.h"
#include "process/rlimits.h"
#include "process/terminal.h"
#include "rootfs/build.h"
#include "rootfs/passwd.h"
#include "rootfs/workdir.h"
#include "spec/environment.h"
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

void enter_cgroups(const std::vector<int>& entrances) {
  for (const int file : entrances) check(write(file, "0", 1), "cannot enter the container's cgroup");
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

// Pipes that are this container's own, so that its user can open /dev/stdout.
void give_streams(const ContainerSpec& spec, const UserIds& ids) {
  if (spec.logging.driver == "passthrough") return;
  for (int fd = spec.process.stdin_open ? 0 : 1; fd <= 2; ++fd) {
    check(fchown(fd, ids.uid, static_cast<gid_t>(-1)), "cannot give the container's streams to the user");
  }
}

bool has_own_root(const InitTask& task) { return task.spec.root.kind != Root::Kind::none; }

std::optional<Pty> make_terminal(const InitTask& task) {
  if (!task.spec.process.terminal) return std::nullopt;
  Pty pty = open_pty();
  if (has_own_root(task)) bind_console(-1, pty.slave.get());
  task.channel.send(Message::terminal, {}, {pty.master.get()});
  return pty;
}

// The reaper runs from a sealed copy in memory: its /proc/PID/exe leads to no file of the host.
[[noreturn]] void execute_reaper(int reaper, const std::string& file, std::vector<std::string> args,
                                 const std::vector<std::string>& env) {
  args.insert(args.begin(), {"sdcont-init", file});
  execute("/proc/self/fd/" + std::to_string(reaper), args, env);
}

// Ends where the launch was given up instead.
Packet await(const Channel& channel, Message message) {
  auto packet = channel.receive();
  if (!packet || packet->type != message) _exit(kExitOwnFailure);
  return std::move(*packet);
}

[[noreturn]] void become_command(const InitTask& task, const std::optional<Pty>& pty) {
  const ContainerSpec& spec = task.spec;
  const UserIds ids = look_up_user(-1, spec.process.user);
  auto env = command_environment(spec.process, ids.home);
  set_env(env, activation_environment(task.activation, task.notify_address, getpid()));
  if (has_own_root(task)) umask(kUmask);
  enter_working_directory(spec.process.cwd);
  if (pty) {
    check(fchown(pty->slave.get(), ids.uid, static_cast<gid_t>(-1)), "cannot give the terminal to the user");
    adopt_terminal(pty->slave);
  } else {
    redirect_input(spec.process);
    give_streams(spec, ids);
  }
  const std::string& name = spec.process.args.at(0);
  const std::string path = environment_value(env, "PATH");
  const auto ours = find_own_binary(name, path);  // while every script can be read
  set_rlimits(spec.process.rlimits);              // of descriptors, too: nothing is opened from here on
  if (task.in_project) forbid_project_changes();
  become_user(spec.process, ids);
  const std::string file = find_program(name, path, ours);
  task.channel.send(Message::ready);
  static_cast<void>(await(task.channel, Message::go));
  reset_signals();
  check(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0), "cannot untie init from the supervisor");
  task.channel.send(Message::executing);
  if (task.reaper >= 0) execute_reaper(task.reaper, file, spec.process.args, env);
  execute(file, spec.process.args, env);
}

[[noreturn]] void run(const InitTask& task) {
  task.adopt_streams();
  const unsigned first_own = 3 + preserved_descriptors(task.spec.process, task.activation);
  check(close_range(first_own, ~0U, CLOSE_RANGE_CLOEXEC), "cannot mark descriptors close-on-exec");
  die_with_supervisor(task.channel);
  hide_from_tracers();
  // before its limits hold: a supervisor that runs the command again is protected from the out-of-memory
  // killer, and one that is so has no end where it gets no memory
  set_priorities(task.spec.process);
  enter_cgroups(task.entrances);
  check(setsid(), "cannot start a session");
  std::vector<Fd> cgroups;
  if (has_own_root(task)) {
    if (task.placed) cgroups = task.open_cgroups();  // while the host's mounts are there
    set_up_namespaces(task.spec);
    build_root(task.plan, task.storage);
  }
  const auto pty = make_terminal(task);
  if (!task.placed) cgroups = await(task.channel, Message::placed).descriptors;
  if (has_own_root(task)) {
    check(unshare(CLONE_NEWCGROUP), "cannot make a cgroup namespace");
    mount_cgroups(task.plan, std::move(cgroups));
  }
  become_command(task, pty);
}

}  // namespace

void run_init(const InitTask& task) noexcept {
  run_reporting(task.channel, "the container's init failed", [&] { run(task); });
}

}  // namespace sdcont
