#include "process/join.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/command.h"
#include "process/keyring.h"
#include "process/program.h"
#include "process/project_guard.h"
#include "process/report.h"
#include "process/rlimits.h"
#include "process/terminal.h"
#include "rootfs/mount_api.h"
#include "rootfs/workdir.h"
#include "util/file.h"
#include "util/libexec.h"

namespace sdcont {
namespace {

constexpr int kNamespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

// All at once, by the pidfd. The pid namespace is for those that are forked from here on; the mount namespace
// brings its root and working directory.
void join_namespaces(int init) {
  if (setns(init, kNamespaces) == 0) return;
  if (errno == ESRCH) throw Error("the container has just ended");
  throw_errno("cannot join the container's namespaces");
}

void connect_standard_files(const JoinTask& task, const UserIds& ids) {
  if (!task.process.terminal) {
    if (!task.process.stdin_open) check(dup2(task.null, STDIN_FILENO), "cannot close the standard input");
    return;
  }
  const Pty pty = open_pty();
  check(fchown(pty.slave.get(), ids.uid, static_cast<gid_t>(-1)), "cannot give the terminal to the user");
  task.channel.send(Message::terminal, {}, {pty.master.get()});
  for (int fd = 0; fd <= 2; ++fd) check(dup2(pty.slave.get(), fd), "cannot redirect to the terminal");
}

[[noreturn]] void enter(const JoinTask& task, const std::string& file, const std::vector<std::string>& env) {
  std::vector<std::string> args = {"sdcont-enter", std::to_string(task.start),
                                   task.process.terminal ? "terminal" : "none", file};
  args.insert(args.end(), task.process.args.begin(), task.process.args.end());
  check(fcntl(task.start, F_SETFD, 0), "cannot pass a socket to sdcont-enter");
  execute_open(task.enter, "sdcont-enter", args, env);
}

[[noreturn]] void join(const JoinTask& task) {
  check(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "cannot mark descriptors close-on-exec");
  task.enter_cgroups();
  join_session_keyring();
  set_priorities(task.process);
  join_namespaces(task.init);
  const UserIds ids = look_up_user(-1, task.process.user);
  const auto env = command_environment(task.process, ids.home);
  umask(kUmask);
  enter_working_directory(task.process.cwd, MissingDirectory::refuse);
  connect_standard_files(task, ids);
  set_rlimits(task.process.rlimits);
  if (task.in_project) forbid_project_changes();
  become_user(task.process, ids);
  hide_from_tracers();  // changing the user may have ended that (fs.suid_dumpable)
  const std::string file = find_program(task.process.args.at(0), environment_value(env, "PATH"), {});
  reset_signals();
  enter(task, file, env);
}

}  // namespace

void run_join(const JoinTask& task) noexcept {
  run_reporting(task.channel, "joining the container failed", [&] { join(task); });
}

Fd open_enter_program() {
  const std::string path = libexec_file("sdcont-enter");
  Fd program = clone_mount(AT_FDCWD, path.c_str(), false, path);
  add_attributes(program.get(), MOUNT_ATTR_RDONLY, 0, false, path);
  return program;
}

}  // namespace sdcont
