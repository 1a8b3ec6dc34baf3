#include "container/update.h"

#include <algorithm>

#include "cgroup/choose.h"
#include "cgroup/controllers.h"
#include "cgroup/directories.h"
#include "cgroup/update_limits.h"
#include "container/await.h"
#include "container/shrink.h"
#include "container/state.h"
#include "limits/merge.h"
#include "spec/names.h"
#include "systemd/version.h"
#include "util/error.h"
#include "util/file.h"
#include "util/process_id.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// On v2 the cgroup above gives its children the controllers; a limit may be the first of its kind.
void provide_controllers(const CgroupRecord& cgroup, const LimitPlan& plan) {
  if (cgroup.mode != CgroupMode::unified) return;
  const std::string above = parent_directory(cgroup.directory(""));
  const auto available = words(read_file_if(above + "/cgroup.controllers").value_or(""));
  enable_controllers(above, controller_needs(plan, {available.begin(), available.end()}));
}

void update_running(const Record& record, const ContainerSpec& old, const ContainerSpec& spec,
                    const UpdateRequest& request, Store& store) {
  const CgroupHost host = detect_cgroups();
  const CgroupRecord& cgroup = *record.cgroup;
  std::unique_ptr<SystemdManager> systemd;
  int version = 0;
  if (cgroup.manager == CgroupManager::systemd) {
    systemd = connect_systemd();
    version = remembered_systemd_version(*systemd, store.paths().run);
  }
  const Target target = make_target(host, cgroup.manager, version);
  const LimitPlan from = plan_limits(old, target);
  const LimitPlan to = plan_limits(spec, target);
  ContainerSpec asked = spec;  // a refusal of a limit that it runs without already is none of now
  std::erase_if(asked.resources,
                [&](const auto& entry) { return !request.asked.resources.contains(entry.first); });
  refuse_first(plan_limits(asked, target));
  for (const std::string& warning : plan_limits(request.asked, target).warnings) request.hint(warning);
  const LimitChanges changes = compare_plans(from, to);
  LimitPlan changed;
  changed.writes = changes.writes;
  make_room(cgroup, "container " + record.name, changed, request.shrink);
  provide_controllers(cgroup, changed);
  update_limits(cgroup, from, to, systemd.get());
}

void check_restart(const Restart& restart, const ContainerSpec& spec) {
  if (restart.policy == Restart::Policy::no) return;
  if (spec.remove) {
    throw Error("--restart: container " + spec.name + " is removed once it ends (--rm)")
        .remedy("run it without --rm");
  }
  if (spec.logging.driver == "passthrough") {
    throw Error("--restart: container " + spec.name + " writes to where it was started from (--log-driver " +
                "passthrough), which need not be there then")
        .remedy("run it with -d, or another --log-driver");
  }
}

}  // namespace

void update_container(const std::string& id, const UpdateRequest& request, Store& store) {
  const auto found = store.load(id);
  const auto [lock, record] = found ? hold(*found, store) : Held{};
  if (!record) throw Error("container " + short_id(id) + " is gone");
  const ContainerSpec old = store.load_spec(id);
  ContainerSpec spec = old;
  merge_limits(request.asked, spec);
  validate_resources(spec, request.host);
  if (request.restart) {
    check_restart(*request.restart, spec);
    spec.restart = *request.restart;
  }
  const bool runs = record->status == Status::running && record->cgroup && is_running(record->init);
  try {
    if (runs) update_running(*record, old, spec, request, store);
  } catch (const Error&) {
    if (!is_ending(record->init)) throw;  // else it has ended meanwhile, and the next start has the limits
  }
  while_there(*record, store, [&] { store.save_spec(spec); });  // its supervisor reads the policy at its end
}

}  // namespace sdcont
