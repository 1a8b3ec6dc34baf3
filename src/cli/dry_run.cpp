#include "cli/dry_run.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cgroup/scope_properties.h"
#include "container/inside.h"
#include "container/launch_plan.h"
#include "container/storage.h"
#include "rootfs/oci_mounts.h"
#include "rootfs/passwd.h"
#include "spec/oci_json.h"
#include "systemd/manager.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {

namespace {

using Json = nlohmann::ordered_json;

// Of an image the topmost layer that has them: nothing is mounted for a dry run.
std::string directory_with_users(const Root& root) {
  for (const std::string& layer : root.layers) {
    if (exists(layer + "/etc/passwd")) return layer;
  }
  return root.path;
}

// With the mounts that every container gets, and the user's numbers.
Json config_json(ContainerSpec spec, const CgroupHost& host, const StorePaths& paths) {
  const std::string path = directory_with_users(spec.root);
  const Fd root(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw_errno("cannot open the image " + printable(path));
  const UserIds ids = look_up_user(root.get(), spec.process.user);
  spec.mounts = oci_mounts(plan_root(spec, host, paths));
  Json config = to_oci_json(spec);
  config["process"]["user"] = {{"uid", ids.uid}, {"gid", ids.gid}, {"umask", kUmask}};
  if (!ids.groups.empty()) config["process"]["user"]["additionalGids"] = ids.groups;
  return config;
}

Json scope_json(const CgroupRequest& request) {
  Json scope = {{"unit", request.unit}, {"slice", request.slice}, {"properties", Json::array()}};
  for (const Property& property : scope_properties(request)) {
    scope["properties"].push_back(property_text(property));
  }
  return scope;
}

}  // namespace

int print_dry_run(const ContainerSpec& spec, const StorePaths& paths, const LaunchOptions& options) {
  const Choice choice =
      choose_manager(options.host, {.requested = spec.split ? "cgroupfs" : spec.cgroup_manager,
                                    .systemd_booted = systemd_booted(),
                                    .is_root = geteuid() == 0});
  check_registration(spec, choice.manager);
  const bool systemd = choice.manager == CgroupManager::systemd;
  const Target target = make_target(options.host, choice.manager, systemd ? connect_systemd()->version() : 0);
  const LimitPlan plan = settle_limits(spec, target, options);
  Json output = {{"config", config_json(spec, options.host, paths)},
                 {"cgroupManager", cgroup_manager_name(choice.manager)},
                 {"because", choice.reason}};
  if (systemd) output["scope"] = scope_json(cgroup_request(spec, plan, target.systemd_version, paths));
  if (spec.layer_size) {
    const StorageChoice storage = choose_storage(paths);
    output["storage"] = {{"size", *spec.layer_size}, {"by", layer_limit_name(storage.kind)}};
    if (!storage.because.empty()) output["storage"]["because"] = storage.because;
  }
  output["writes"] = Json::array();
  for (const ControlWrite& write : plan.writes) output["writes"].push_back(write.file + "=" + write.value);
  output["limits"] = Json::array();
  for (const AppliedLimit& limit : plan.applied) {
    output["limits"].push_back({{"limit", limit.limit}, {"requested", limit.requested}, {"via", limit.via}});
  }
  fmt::print("{}\n", output.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return 0;
}

}  // namespace sdcont
