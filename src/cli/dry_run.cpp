#include "cli/dry_run.h"

#include <fmt/core.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "spec/oci_json.h"
#include "systemd/manager.h"

namespace sdcont {

int print_dry_run(const ContainerSpec& spec, const LaunchOptions& options) {
  const Choice choice = choose_manager(
      options.host,
      {.requested = options.cgroup_manager, .systemd_booted = systemd_booted(), .is_root = geteuid() == 0});
  const bool systemd = choice.manager == CgroupManager::systemd;
  const Target target = make_target(options.host, choice.manager, systemd ? connect_systemd()->version() : 0);
  const LimitPlan plan = settle_limits(spec, target, options.limits, options.warn);
  nlohmann::ordered_json output = {{"config", to_oci_json(spec)},
                                   {"cgroupManager", cgroup_manager_name(choice.manager)},
                                   {"because", choice.reason}};
  if (systemd) {
    output["scope"] = {{"unit", spec.scope.unit}, {"slice", spec.scope.slice}};
    for (const Property& property : plan.properties)
      output["scope"]["properties"].push_back(property_text(property));
  }
  output["writes"] = nlohmann::ordered_json::array();
  for (const ControlWrite& write : plan.writes) output["writes"].push_back(write.file + "=" + write.value);
  output["limits"] = nlohmann::ordered_json::array();
  for (const AppliedLimit& limit : plan.applied) {
    output["limits"].push_back({{"limit", limit.limit}, {"requested", limit.requested}, {"via", limit.via}});
  }
  fmt::print("{}\n", output.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  return 0;
}

}  // namespace sdcont
