#include "container/slice.h"

#include <unistd.h>

#include <algorithm>

#include "cgroup/processes.h"
#include "cgroup/slice.h"
#include "cgroup/update_limits.h"
#include "limits/merge.h"
#include "limits/slice_plan.h"
#include "spec/names.h"
#include "systemd/drop_ins.h"
#include "systemd/manager.h"
#include "systemd/version.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::chrono::seconds kStopTime{10};

/// A slice's limits where the back end is: the properties of its unit, or its cgroup's files.
class Carrier {
 public:
  explicit Carrier(const SlicePlace& place) : place_(place), store_(place.paths) {
    if (place.manager == CgroupManager::systemd) {
      systemd_ = connect_systemd();
      target_ =
          make_target(place.host, place.manager, remembered_systemd_version(*systemd_, place.paths.run));
    } else {
      target_ = make_target(place.host, place.manager, 0);
    }
  }

  [[nodiscard]] LimitPlan plan(const SliceSpec& slice) const { return plan_slice(slice, target_); }

  /// From what a slice has to what it is to have.
  void change(const SliceSpec& from, const SliceSpec& to, Shrink shrink) {
    const LimitPlan before = plan(from);
    const LimitPlan after = plan(to);
    const CgroupRecord present = find_slice(place_.host, place_.manager, to.name);
    LimitPlan changed;
    changed.writes = compare_plans(before, after).writes;
    make_room(present, to.name, changed, shrink);
    if (systemd_) return change_unit(present, from, to);
    // with the limits that it had, so that whatever is refused can be put back
    make_slice(place_.host, levels(from), after);
    try {
      update_limits(find_slice(place_.host, place_.manager, to.name), before, after, nullptr);
    } catch (const Error&) {
      remove_empty_slice(place_.host, to.name);
      throw;
    }
    remove_empty_slice(place_.host, to.name);
  }

  /// Nothing of the limits is left.
  void remove(const SliceSpec& slice) {
    SliceSpec none;
    none.name = slice.name;
    none.runtime = slice.runtime;
    if (!systemd_) return remove_empty_slice(place_.host, slice.name);
    const CgroupRecord present = find_slice(place_.host, place_.manager, slice.name);
    change_unit(present, slice, none);
    remove_drop_ins(slice.name, plan(slice).properties);
    systemd_->reload();
    // what others have in it is not ours to stop
    if (!processes_of(present).empty()) return;
    systemd_->stop_unit(slice.name, kStopTime);
    remove_idle_directories(slice.name);
  }

 private:
  /// systemd makes the cgroups of a slice whose properties are set, and forgets those of one that never ran.
  void remove_idle_directories(const std::string& name) {
    auto levels = slice_levels(name);
    std::reverse(levels.begin(), levels.end());
    for (const std::string& level : levels) {
      if (systemd_->active_state(level) == "active") return;
      for (const auto& [controller, directory] : find_slice(place_.host, place_.manager, level).payload)
        rmdir(directory.c_str());  // busy: something is in it
    }
  }

  void change_unit(const CgroupRecord& present, const SliceSpec& from, const SliceSpec& to) {
    // its files are systemd's to write
    LimitPlan before = plan(from);
    LimitPlan after = plan(to);
    before.writes.clear();
    after.writes.clear();
    if (!from.settled) before.properties.clear();  // what of it was set is not known
    update_limits(present, before, after, systemd_.get(), to.runtime ? Keep::until_boot : Keep::always);
  }

  [[nodiscard]] std::vector<SliceLevel> levels(const SliceSpec& slice) const {
    std::vector<SliceLevel> result;
    for (const std::string& name : slice_levels(slice.name)) {
      const auto around = name == slice.name ? slice : store_.load(name).value_or(SliceSpec());
      result.push_back({name, plan(around)});
    }
    return result;
  }

  const SlicePlace& place_;
  SliceStore store_;
  std::unique_ptr<SystemdManager> systemd_;
  Target target_;
};

SliceSpec merged(const SliceSpec& slice, const SliceRequest& request) {
  ContainerSpec limits;
  limits.resources = slice.resources;
  limits.asked_as = slice.asked_as;
  merge_limits(request.asked, limits);
  validate_resources(limits, request.facts);
  SliceSpec result = slice;
  result.resources = std::move(limits.resources);
  result.asked_as = std::move(limits.asked_as);
  return result;
}

void require_same_life(const SliceSpec& slice, bool runtime) {
  if (slice.runtime == runtime) return;
  throw Error(slice.name + " has limits that are " +
              (slice.runtime ? "gone at boot (--runtime)" : "kept over a boot"))
      .remedy(slice.runtime ? "give --runtime, or remove them first: sdcont slice rm " + slice.name
                            : "leave --runtime away, or remove them first: sdcont slice rm " + slice.name);
}

}  // namespace

SlicePlace choose_slice_place(const std::string& requested, const StorePaths& paths) {
  SlicePlace place{detect_cgroups(), CgroupManager::cgroupfs, paths};
  place.manager =
      choose_manager(place.host,
                     {.requested = requested, .systemd_booted = systemd_booted(), .is_root = geteuid() == 0})
          .manager;
  if (place.manager == CgroupManager::cgroupfs && systemd_booted()) {
    throw Error("--cgroup-manager cgroupfs: slices are systemd's where it runs")
        .remedy("leave --cgroup-manager away");
  }
  return place;
}

LimitPlan slice_limits(const SlicePlace& place, const SliceSpec& slice) {
  constexpr int kAnyVersion = 1000;  // it took them already
  return plan_slice(slice, make_target(place.host, place.manager, kAnyVersion));
}

void set_slice(const SlicePlace& place, const SliceRequest& request) {
  const SliceStore store(place.paths);
  const Fd lock = store.lock(SliceStore::Lock::exclusive);
  auto old = store.load(request.name);
  const bool is_new = !old;
  if (is_new) {
    old = SliceSpec{request.name, {}, {}, request.runtime, true};
  } else {
    require_same_life(*old, request.runtime);
  }
  SliceSpec slice = merged(*old, request);
  Carrier carrier(place);
  SliceSpec asked = slice;  // a refusal of a limit that it has already is none of now
  std::erase_if(asked.resources,
                [&](const auto& entry) { return !request.asked.resources.contains(entry.first); });
  const LimitPlan plan = carrier.plan(asked);
  refuse_first(plan);
  for (const std::string& warning : plan.warnings) request.hint(warning);
  slice.settled = false;
  store.save(slice);
  try {
    carrier.change(*old, slice, request.shrink);
  } catch (const Error&) {
    if (is_new) {
      store.remove(slice.name);
    } else {
      store.save(*old);
    }
    throw;
  }
  slice.settled = true;
  store.save(slice);
}

void remove_slice(const SlicePlace& place, const std::string& name, const std::vector<Record>& running) {
  const SliceStore store(place.paths);
  const Fd lock = store.lock(SliceStore::Lock::exclusive);
  auto slice = store.load(name);
  if (!slice) throw Error("slice " + name + " has no limits of sdcont's").remedy("see sdcont slice ls");
  std::vector<std::string> users;
  for (const Record& record : running) {
    if (record.cgroup && is_in_slice(*record.cgroup, name)) users.push_back(record.name);
  }
  if (!users.empty()) {
    throw Error("slice " + name + " is in use by " + join(users, ", "))
        .remedy("end that first: sdcont stop " + users.front());
  }
  Carrier(place).remove(*slice);
  store.remove(name);
}

void heal_slices(const SlicePlace& place) {
  const SliceStore store(place.paths);
  const auto unsettled = [](const SliceSpec& slice) { return !slice.settled; };
  if (const auto slices = store.list(); std::none_of(slices.begin(), slices.end(), unsettled)) return;
  const Fd lock = store.lock(SliceStore::Lock::exclusive);
  for (SliceSpec& slice : store.list()) {
    if (slice.settled) continue;
    const SliceSpec unknown{slice.name, {}, {}, slice.runtime, false};
    Carrier(place).change(unknown, slice, Shrink::force);
    slice.settled = true;
    store.save(slice);
  }
}

std::vector<SliceLevel> slices_around(const ContainerSpec& spec, const Target& target,
                                      const StorePaths& paths) {
  std::vector<SliceLevel> levels;
  if (!target.own_slices) return levels;
  const auto& words = spec.scope.asked;
  bool wanted = std::find(words.begin(), words.end(), "--slice") != words.end();
  const SliceStore store(paths);
  for (const std::string& name : slice_levels(spec.scope.slice)) {
    const auto slice = store.load(name);
    wanted = wanted || slice;
    levels.push_back({name, slice ? plan_slice(*slice, target) : LimitPlan()});
  }
  if (!wanted) levels.clear();
  return levels;
}

}  // namespace sdcont
