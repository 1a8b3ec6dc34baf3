#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "cgroup/control.h"
#include "cgroup/controllers.h"
#include "cgroup/delegated.h"
#include "cgroup/directories.h"
#include "cgroup/maker.h"
#include "cgroup/slice.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// BASE/sdcont-ID on cgroup v2, without systemd. Init is cloned right into it.
class UnifiedCgroup final : public CgroupMaker {
 public:
  UnifiedCgroup(const CgroupHost& host, CgroupRequest request)
      : CgroupMaker(host, std::move(request), CgroupManager::cgroupfs) {}

  std::optional<Fd> prepare() override {
    if (!host().v2.mounted()) {
      throw Error("no cgroup hierarchy is mounted")
          .remedy("mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
    }
    if (!request().slices.empty()) {
      make_payload(
          {slice_chain(host(), host().v2, request().slices, request().limits, own_name(request().id))});
      return open_file(record().directory(""), O_RDONLY | O_DIRECTORY);
    }
    const std::string base = request().split ? make_delegated_base() : chosen_base();
    const auto offered = words(read_file(base + "/cgroup.controllers"));
    const ControllerNeeds needs =
        controller_needs(request().limits, std::set<std::string>(offered.begin(), offered.end()));
    enable_controllers(base, needs);
    make_payload({{base, {own_name(request().id)}, {""}}});
    return open_file(record().directory(""), O_RDONLY | O_DIRECTORY);
  }

  void begin(pid_t /*supervisor*/, pid_t /*init*/) override {
  }  // it stays in the caller's cgroup, charged to no container

 private:
  std::string chosen_base() const {
    return find_base(host(), request().limits, controller_needs(request().limits, host().controllers));
  }

  // A unit's own processes leave for a cgroup of theirs: with them in it, the unit's could give no
  // controllers to those below.
  std::string make_delegated_base() const {
    std::string base = delegated_cgroup(host());
    const std::string leaf = base + "/supervisor";
    if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) throw_errno("cannot make the cgroup " + leaf);
    for (const std::string& pid : words(read_file(base + "/cgroup.procs"))) {
      const int error = pid == "0" ? 0 : try_write_control(leaf + "/cgroup.procs", pid);
      if (error != 0 && error != ESRCH)
        throw Error("cannot move all of the unit's processes to " + leaf, error);
    }
    return base;
  }
};

}  // namespace

std::unique_ptr<Cgroup> make_unified_cgroup(const CgroupHost& host, CgroupRequest request) {
  return std::make_unique<UnifiedCgroup>(host, std::move(request));
}

}  // namespace sdcont
