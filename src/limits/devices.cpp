#include "limits/devices.h"

#include <algorithm>
#include <optional>

#include "limits/rows.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kFlag = "--device-cgroup-rule";

/// What a list of rules comes to, where it can be said without a rule that denies.
struct Allowed {
  bool everything = false;
  std::vector<DeviceRule> rules = {};     ///< all of them allow, none is of type 'a'
  std::optional<DeviceRule> carved = {};  ///< a denial of a part of what another rule allows
};

bool contains(int64_t outer, int64_t inner) { return outer == -1 || outer == inner; }
bool overlaps(int64_t a, int64_t b) { return a == -1 || b == -1 || a == b; }

std::string without(const std::string& access, const std::string& taken) {
  std::string left;
  for (const char c : access) {
    if (taken.find(c) == std::string::npos) left += c;
  }
  return left;
}

/// Takes a denial off the rules before it. Those that it covers shrink; one that it only cuts into is
/// reported.
void deny(Allowed& allowed, const DeviceRule& denial) {
  if (allowed.everything) {
    allowed.carved = denial;
    return;
  }
  for (DeviceRule& rule : allowed.rules) {
    const bool meets = rule.type == denial.type && overlaps(rule.major, denial.major) &&
                       overlaps(rule.minor, denial.minor) &&
                       without(rule.access, denial.access) != rule.access;
    if (!meets) continue;
    if (contains(denial.major, rule.major) && contains(denial.minor, rule.minor)) {
      rule.access = without(rule.access, denial.access);
    } else {
      allowed.carved = denial;
    }
  }
  std::erase_if(allowed.rules, [](const DeviceRule& rule) { return rule.access.empty(); });
}

bool is_all(const DeviceRule& rule) {
  return rule.type == 'a' && rule.major == -1 && rule.minor == -1 && without("rwm", rule.access).empty();
}

/// A rule for both types as one for each; v1's own "a" would ignore the numbers behind it.
std::vector<DeviceRule> by_type(const DeviceRule& rule) {
  if (rule.type != 'a') return {rule};
  std::vector<DeviceRule> both = {rule, rule};
  both[0].type = 'b';
  both[1].type = 'c';
  return both;
}

Allowed reduce(const std::vector<DeviceRule>& rules) {
  Allowed allowed;
  for (const DeviceRule& rule : rules) {
    if (is_all(rule)) {
      allowed = {.everything = rule.allow};
      continue;
    }
    for (const DeviceRule& single : by_type(rule)) {
      if (!single.allow) {
        deny(allowed, single);
      } else if (!allowed.everything) {
        allowed.rules.push_back(single);
      }
    }
  }
  return allowed;
}

std::vector<ControlWrite> legacy_writes(const std::vector<DeviceRule>& rules) {
  std::vector<ControlWrite> writes;
  for (const DeviceRule& rule : rules) {
    const std::string file = rule.allow ? "devices.allow" : "devices.deny";
    if (is_all(rule)) {
      writes.push_back({"devices", file, "a", kFlag});
      continue;
    }
    for (const DeviceRule& single : by_type(rule)) {
      writes.push_back({"devices", file, render_device_rule(single), kFlag});
    }
  }
  return writes;
}

/// DeviceAllow's name for a rule's devices; nothing where systemd has none.
std::optional<std::string> systemd_device(const DeviceRule& rule) {
  const std::string kind = rule.type == 'b' ? "block" : "char";
  if (rule.major == -1) return rule.minor == -1 ? std::optional(kind + "-*") : std::nullopt;
  // The number is not looked up on disk: the device need not have a node here.
  if (rule.minor != -1) {
    return "/dev/" + kind + "/" + std::to_string(rule.major) + ":" + std::to_string(rule.minor);
  }
  constexpr int64_t kTerminals = 136;
  return rule.type == 'c' && rule.major == kTerminals ? "char-pts" : kind + "-" + std::to_string(rule.major);
}

Refusal refusal(const std::string& rule, const std::string& reason) {
  return {.limit = kFlag, .reason = "'" + rule + "': " + reason, .remedy = "use --cgroup-manager cgroupfs"};
}

void plan_scope(const Allowed& allowed, const std::vector<DeviceRule>& rules, const Target& target,
                const std::vector<std::pair<std::string, std::string>>& extra, LimitPlan& plan) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const DeviceRule& rule : allowed.rules) {
    const auto device = systemd_device(rule);
    if (!device) {
      plan.refusals.push_back(
          refusal(render_device_rule(rule), "systemd cannot name a minor number of every driver"));
      continue;
    }
    const bool bare_number = rule.minor == -1 && rule.major != -1 && *device != "char-pts";
    if (bare_number && target.systemd_version < 240) {
      plan.refusals.push_back(refusal(render_device_rule(rule), "systemd knows drivers by number since 240"));
      continue;
    }
    const auto entry = std::pair(*device, rule.access);
    if (std::find(entries.begin(), entries.end(), entry) == entries.end()) entries.push_back(entry);
  }
  entries.insert(entries.end(), extra.begin(), extra.end());
  if (allowed.carved) {
    // On v1 the payload has a list of its own, below the scope's, that can say it.
    if (target.unified || allowed.everything) {
      plan.refusals.push_back(refusal(render_device_rule(*allowed.carved), "systemd has no rules that deny"));
    } else {
      for (ControlWrite& write : legacy_writes(rules)) plan.writes.push_back(std::move(write));
    }
  }
  if (!entries.empty()) plan.properties.push_back({"DeviceAllow", entries});
  plan.properties.push_back({"DevicePolicy", std::string("strict")});
}

}  // namespace

DeviceRule parse_device_rule(const std::string& text) {
  const std::vector<std::string> parts = words(text);
  const Error error("--device-cgroup-rule: '" + printable(text) + "' is not a rule like 'c 10:229 rwm'");
  if (parts.empty() || parts[0].size() != 1 || std::string("abc").find(parts[0]) == std::string::npos)
    throw error;
  DeviceRule rule{.type = parts[0][0]};
  if (parts.size() == 1 && rule.type == 'a') return rule;
  if (parts.size() < 2 || parts.size() > 3) throw error;
  const std::vector<std::string> numbers = split(parts[1], ':');
  if (numbers.size() != 2) throw error;
  for (size_t i = 0; i < 2; ++i) {
    if (numbers[i] == "*") continue;
    const auto value = parse_unsigned(numbers[i]);
    if (!value || *value > UINT32_MAX) throw error;
    (i == 0 ? rule.major : rule.minor) = static_cast<int64_t>(*value);
  }
  if (parts.size() == 3) rule.access = parts[2];
  for (const char c : rule.access) {
    if ((c != 'r' && c != 'w' && c != 'm') || std::count(rule.access.begin(), rule.access.end(), c) != 1)
      throw error;
  }
  return rule;
}

std::string render_device_rule(const DeviceRule& rule) {
  const auto number = [](int64_t value) { return value == -1 ? "*" : std::to_string(value); };
  return std::string(1, rule.type) + " " + number(rule.major) + ":" + number(rule.minor) + " " + rule.access;
}

std::vector<DeviceRule> default_device_rules() {
  return {
      {.allow = false},              // all, then:
      {.type = 'c', .access = "m"},  // making nodes, which opens nothing
      {.type = 'b', .access = "m"},
      {.type = 'c', .major = 1, .minor = 3},  // null
      {.type = 'c', .major = 1, .minor = 5},  // zero
      {.type = 'c', .major = 1, .minor = 7},  // full
      {.type = 'c', .major = 1, .minor = 8},  // random
      {.type = 'c', .major = 1, .minor = 9},  // urandom
      {.type = 'c', .major = 5, .minor = 0},  // tty
      {.type = 'c', .major = 5, .minor = 2},  // ptmx
      {.type = 'c', .major = 136},            // pts/*
  };
}

void plan_devices(const std::vector<DeviceRule>& rules,
                  const std::vector<std::pair<std::string, std::string>>& extra_allow, const Target& target,
                  LimitPlan& plan) {
  const Allowed allowed = reduce(rules);
  const bool open = rules.empty() || (allowed.everything && !allowed.carved);
  if (!extra_allow.empty() && (!target.systemd || open)) {
    plan.refusals.push_back({.limit = "--property DeviceAllow",
                             .reason = open ? "every device is allowed already" : "only systemd has it",
                             .remedy = "use --device or --device-cgroup-rule"});
  }
  if (open) return;

  const size_t refused_before = plan.refusals.size();
  if (target.systemd) {
    plan_scope(allowed, rules, target, extra_allow, plan);
  } else if (target.unified) {
    plan.device_rules = rules;
  } else if (target.controllers.contains("devices")) {
    for (ControlWrite& write : legacy_writes(rules)) plan.writes.push_back(std::move(write));
  } else {
    plan.refusals.push_back({.limit = kFlag,
                             .reason = "the devices controller is not there, so every device could be opened",
                             .remedy = "mount cgroup v1's devices hierarchy"});
  }
  const bool refused = plan.refusals.size() != refused_before;
  const char* via = target.systemd ? "DeviceAllow + DevicePolicy" : target.unified ? "BPF" : "devices.allow";
  plan.applied.push_back({.limit = kFlag,
                          .key = "devices",
                          .requested = std::to_string(rules.size()) + " rules",
                          .via = refused ? "unavailable: " + plan.refusals.back().reason : via});
}

}  // namespace sdcont
