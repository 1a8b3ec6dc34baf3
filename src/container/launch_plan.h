#pragma once

#include <functional>
#include <string>

#include "cgroup/cgroup.h"
#include "cgroup/choose.h"
#include "rootfs/plan.h"
#include "spec/container_spec.h"
#include "spec/credentials.h"
#include "state/store.h"

namespace sdcont {

struct LaunchOptions;

/// The limits of a spec on this host, for --dry-run; throws Error for the first refusal unless best effort is
/// asked.
LimitPlan settle_limits(const ContainerSpec& spec, const Target& target, const LaunchOptions& options);

/// A limit that cannot be had: throws, or warns where best effort is asked.
void settle_refusal(const Refusal& refusal, const ContainerSpec& spec,
                    const std::function<void(const std::string&)>& warn);

/// What the container's cgroup is made from; the version is 0 without systemd.
CgroupRequest cgroup_request(const ContainerSpec& spec, LimitPlan limits, int systemd_version,
                             const StorePaths& paths);

/// How the mounts of a spec are planned on this host.
/// `notify_socket`: a path of the host, for the command to say that it is ready, or empty.
MountPlan plan_root(const ContainerSpec& spec, const CgroupHost& host, const StorePaths& paths,
                    const std::string& notify_socket = {}, CredentialValues credentials = {});

}  // namespace sdcont
