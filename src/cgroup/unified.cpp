#include <fcntl.h>

#include "cgroup/controllers.h"
#include "cgroup/directories.h"
#include "cgroup/maker.h"
#include "util/error.h"
#include "util/file.h"

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
    const ControllerNeeds needs = controller_needs(request().limits, host().controllers);
    const std::string base = find_base(host(), request().limits, needs);
    enable_controllers(base, needs);
    make_payload({{base, {own_name(request().id)}, {""}}});
    return open_file(record().directory(""), O_RDONLY | O_DIRECTORY);
  }

  void begin(pid_t /*supervisor*/, pid_t /*init*/) override {
  }  // it stays in the caller's cgroup, charged to no container
};

}  // namespace

std::unique_ptr<Cgroup> make_unified_cgroup(const CgroupHost& host, CgroupRequest request) {
  return std::make_unique<UnifiedCgroup>(host, std::move(request));
}

}  // namespace sdcont
