#pragma once

#include <string>
#include <vector>

#include "limits/limits.h"

namespace sdcont {

/// --device-cgroup-rule "c 10:229 rwm", "a *:* rwm", "b 8:* r": a rule that allows.
DeviceRule parse_device_rule(const std::string& text);
/// As the v1 files have it: "c 10:229 rwm".
std::string render_device_rule(const DeviceRule& rule);
/// OCI's: nothing but null, zero, full, random, urandom, tty, ptmx and terminals; nodes may be made of all.
std::vector<DeviceRule> default_device_rules();

/// The rules for one back end: on a scope DeviceAllow and then DevicePolicy (in this order: systemd#35710);
/// on v1 without systemd devices.deny and devices.allow; on v2 without systemd the rules for the BPF program.
/// Rules that in the end allow everything become nothing. `extra_allow` are DeviceAllow entries from
/// --property.
void plan_devices(const std::vector<DeviceRule>& rules,
                  const std::vector<std::pair<std::string, std::string>>& extra_allow, const Target& target,
                  LimitPlan& plan);

}  // namespace sdcont
