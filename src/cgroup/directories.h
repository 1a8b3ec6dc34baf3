#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cgroup/cgroup.h"

namespace sdcont {

/// The name of a container's cgroup where there is no systemd: one level below the caller's, since each costs
/// a directory in every hierarchy.
std::string own_name(const std::string& id);

/// Readies a cgroup that was just made; false where it has vanished meanwhile.
using ReadyDirectory = std::function<bool(const std::string& directory)>;

/// Cgroups to be made one in the other, base/names[0]/names[1]/…: the last is the container's alone, those
/// before it are shared with other launchers, who make and remove them as we do, at any moment.
struct CgroupChain {
  std::string base;  ///< exists
  std::vector<std::string> names;
  std::vector<std::string> controllers;  ///< whose payload the last one is
  ReadyDirectory ready = {};             ///< called for each before the next is made
  bool shared = false;                   ///< all of them are, also the last
};

/// Puts what the chain will make into the record.
void note_chain(const CgroupChain& chain, CgroupRecord& record);
/// Makes it; shared directories that vanish meanwhile are made again. Throws Error.
void make_chain(const CgroupChain& chain);

/// cpuset of v1: no process can enter before cpus and mems are set, so what is empty is copied from the
/// parent.
bool inherit_cpuset(const std::string& directory);

/// True for an errno that says "this cgroup was removed under our hands": of its path, and of its open files.
bool is_vanished(int error);

std::string parent_directory(const std::string& directory);
std::string child_directory(const std::string& directory, const std::string& name);

}  // namespace sdcont
