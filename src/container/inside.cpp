#include "container/inside.h"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "systemd/machined.h"
#include "systemd/manager.h"
#include "util/error.h"

namespace sdcont {
namespace {

void in_child(const std::function<void()>& body) noexcept {
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      body();
    } catch (const std::exception&) {
      // nobody is there to be told; the container runs all the same
    }
    _exit(0);
  }
  if (pid > 0) waitpid(pid, nullptr, 0);
}

}  // namespace

void check_systemd_inside(const ContainerSpec& spec, const CgroupHost& host) {
  if (!spec.systemd || host.unified() || host.v1.contains("name=systemd")) return;
  throw Error(
      "--systemd: with cgroup v1 a systemd needs the hierarchy name=systemd for its units, and none is "
      "mounted here")
      .remedy(
          "mkdir -p /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd,xattr systemd "
          "/sys/fs/cgroup/systemd; --systemd=false runs it as any other command");
}

void check_registration(const ContainerSpec& spec, CgroupManager manager) {
  if (!spec.registered) return;
  if (!systemd_booted()) {
    throw Error("--register: systemd is not running here, so there is no systemd-machined")
        .remedy("leave it away");
  }
  if (manager == CgroupManager::systemd || spec.split) return;
  throw Error(
      "--register: systemd-machined knows a machine by its unit, and with --cgroup-manager cgroupfs that is "
      "the caller's, which would end with the machine")
      .remedy("leave one of them away");
}

void register_container(const ContainerSpec& spec, const ProcessId& init) {
  if (!spec.registered) return;
  // an image's root is in the container's mount namespace alone, where machined looks by the leader
  const bool of_host = spec.root.kind != Root::Kind::image;
  register_machine({spec.name, spec.id, of_host ? spec.root.path : "", init.pid});
}

void unregister_container(const ContainerSpec& spec) noexcept {
  if (spec.registered) unregister_machine(spec.name);
}

void register_again(const ContainerSpec& spec, const ProcessId& init) noexcept {
  if (!spec.registered) return;
  in_child([&] {
    unregister_container(spec);
    register_container(spec, init);
  });
}

void unregister_at_end(const ContainerSpec& spec) noexcept {
  if (!spec.registered) return;
  in_child([&] { unregister_container(spec); });
}

}  // namespace sdcont
