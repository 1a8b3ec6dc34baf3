#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cgroup/choose.h"
#include "container/shrink.h"
#include "limits/limits.h"
#include "state/slices.h"

namespace sdcont {

/// Where slices are kept here: with systemd its units, which it gives to who runs in them; without it cgroups
/// that are made for the containers in them, from what SliceStore keeps.
struct SlicePlace {
  CgroupHost host;
  CgroupManager manager = CgroupManager::cgroupfs;
  StorePaths paths;
};
/// `requested` as --cgroup-manager has it. Throws Error where no slices can be had.
SlicePlace choose_slice_place(const std::string& requested, const StorePaths& paths);

struct SliceRequest {
  std::string name;     ///< "web.slice"
  ContainerSpec asked;  ///< of this the resources, and how they were asked for
  HostFacts facts;
  bool runtime = false;  ///< gone at boot
  Shrink shrink = Shrink::refuse;
  std::function<void(const std::string&)> hint;
};

/// Gives a slice limits beside, or in place of, those that it has; at once where containers are in it. All or
/// nothing; throws Error where it is nothing.
void set_slice(const SlicePlace& place, const SliceRequest& request);

/// Takes a slice's limits away; throws Error where it has none of ours, or one of `running` is in it.
void remove_slice(const SlicePlace& place, const std::string& name, const std::vector<Record>& running);

/// Finishes what a killed set_slice began.
void heal_slices(const SlicePlace& place);

/// The limits of a slice as they are carried here.
LimitPlan slice_limits(const SlicePlace& place, const SliceSpec& slice);

/// Without systemd: the slices that a container is to be in, outermost first; none where it did not ask for
/// one, and those that it would be in by default have no limits.
std::vector<SliceLevel> slices_around(const ContainerSpec& spec, const Target& target,
                                      const StorePaths& paths);

}  // namespace sdcont
