#include "container/launch_plan.h"

#include <set>
#include <vector>

#include "container/inside.h"
#include "container/launch.h"
#include "rootfs/device.h"
#include "rootfs/etc_files.h"
#include "rootfs/mount_points.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

// The controllers of each v1 mount, each mount once, and {""} for the v2 beside them.
std::vector<std::vector<std::string>> v1_mounts(const CgroupHost& host) {
  std::set<std::vector<std::string>> mounts;
  if (host.unified()) return {};
  for (const auto& [controller, hierarchy] : host.v1) mounts.insert(hierarchy.controllers);
  if (host.v2.mounted()) mounts.insert({""});
  return {mounts.begin(), mounts.end()};
}

}  // namespace

void settle_refusal(const Refusal& refusal, const ContainerSpec& spec,
                    const std::function<void(const std::string&)>& warn) {
  const std::string text = refusal.limit + " cannot be had here: " + refusal.reason;
  if (!spec.best_effort) {
    throw Error(text).remedy((refusal.remedy.empty() ? "" : refusal.remedy + "; or ") +
                             "--limits=best-effort runs without it");
  }
  warn(text + "; running without it");
}

LimitPlan settle_limits(const ContainerSpec& spec, const Target& target, const LaunchOptions& options) {
  LimitPlan plan = plan_limits(spec, target);
  for (const Refusal& refusal : plan.refusals) settle_refusal(refusal, spec, options.warn);
  for (const std::string& warning : plan.warnings) options.hint(warning);
  return plan;
}

CgroupRequest cgroup_request(const ContainerSpec& spec, LimitPlan limits, int systemd_version,
                             const StorePaths& paths) {
  CgroupRequest request;
  request.id = spec.id;
  request.unit = free_unit(paths, spec);
  request.slice = spec.scope.slice;
  request.description = spec.scope.description;
  request.systemd_version = systemd_version;
  request.split = spec.split;
  request.delegate = spec.systemd;
  request.stop_grace_usec = spec.stop.grace_usec;
  request.limits = std::move(limits);
  return request;
}

MountPlan plan_root(const ContainerSpec& spec, const CgroupHost& host, const StorePaths& paths,
                    const std::string& notify_socket, CredentialValues credentials) {
  if (spec.root.kind == Root::Kind::none) return {};
  check_systemd_inside(spec, host);
  RootContext context;
  if (spec.root.kind == Root::Kind::host) context.host_mounts = read_mountinfo();
  context.layer = {layer_directory(paths, spec.id), spec.remove};
  context.hidden = {paths.root, paths.run};
  // layers that cannot be on an overlay are in memory
  context.mount_points = mount_points_in({paths.root, paths.run});
  context.unified = host.unified();
  context.v1_hierarchies = v1_mounts(host);
  context.resolv_conf = host_resolv_conf(spec.namespaces.host_network);
  if (spec.namespaces.host_network) context.hosts = read_file_if("/etc/hosts").value_or("");
  context.notify_socket = notify_socket;
  context.credentials = std::move(credentials);
  if (spec.systemd) context.os_release = read_file_if("/etc/os-release").value_or("");
  if (spec.privileged) context.host_devices = list_host_devices();
  return plan_mounts(spec, context);
}

}  // namespace sdcont
