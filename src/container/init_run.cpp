#include "container/init_run.h"

#include <sys/wait.h>

#include <csignal>

#include "container/cgroup_mounts.h"
#include "process/clone.h"
#include "process/init.h"
#include "process/namespaces.h"
#include "util/error.h"
#include "util/time.h"

namespace sdcont {
namespace {

Error how_it_died(const Fd& process) {
  siginfo_t info{};
  std::string text = "the container's init ended before the command ran";
  if (waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED | WNOWAIT) == 0 &&
      info.si_code != CLD_EXITED) {
    text = "the container's init was killed by signal " + std::to_string(info.si_status) +
           " before the command ran";
  }
  return Error(text).remedy("is a limit too low for it to start? see --memory and --pids-limit");
}

}  // namespace

InitRun::InitRun(const SupervisorTask& task, const Streams& streams, const Place& place,
                 const std::string& notify_address) {
  auto ends = Channel::make_pair();
  const pid_t pid = clone_process({clone_flags(task.spec.namespaces), place.born_in}, process_);
  if (pid == 0) {
    ends.first.close();
    const bool placed = place.born_in >= 0 || !place.entrances.empty();
    run_init({task.spec, task.plan, ends.second, place.entrances, task.reaper, task.in_project, place.storage,
              placed, task.notify.activation, notify_address,
              [&task] { return open_cgroup_mounts(task.plan, task.host, "self"); },
              [&streams] { streams.adopt(); }});
  }
  channel_ = std::move(ends.first);
  id_ = identify(pid);
  started_ns_ = now_boottime_ns();
}

Packet InitRun::expect_any() {
  auto packet = channel_.receive();
  if (!packet) throw how_it_died(process_);
  if (packet->type == Message::failure) throw Error(failure_of(*packet));
  return std::move(*packet);
}

void InitRun::execute() {
  channel_.send(Message::go);
  while (expect_any().type != Message::executing) {
  }
  started_ns_ = now_boottime_ns();
  // end of file means that the command runs
  if (const auto packet = channel_.receive()) throw Error(failure_of(*packet));
  channel_.close();
}

bool InitRun::was_killed() const noexcept {
  siginfo_t info{};
  const int found = waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED | WNOHANG | WNOWAIT);
  return found == 0 && info.si_pid != 0 && info.si_code != CLD_EXITED;
}

void InitRun::kill() noexcept {
  signal_process(process_, SIGKILL);
  siginfo_t info{};
  waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED);
}

}  // namespace sdcont
