#include "limits/devices.h"
#include "limits_fixture.h"

namespace sdcont {
namespace {

using Rules = std::vector<DeviceRule>;

Rules rules_of(const std::vector<std::string>& texts) {
  Rules rules;
  for (const std::string& text : texts) {
    const bool allow = !text.starts_with('-');
    rules.push_back(parse_device_rule(allow ? text : text.substr(1)));
    rules.back().allow = allow;
  }
  return rules;
}

std::string planned(const Rules& rules, const Target& target, const std::string& options = "") {
  ContainerSpec spec;
  spec.device_rules = rules;
  if (!options.empty()) spec.resources = parse_options(options);
  const LimitPlan plan = plan_limits(spec, target);
  const std::string text = describe(plan);
  return plan.device_rules.empty() ? text : text + "BPF " + std::to_string(plan.device_rules.size());
}

const Target kScopeV2 = example_target(252, true);
const Target kScopeV1 = example_target(252, false);
const Target kRawV2 = example_target(0, true);
const Target kRawV1 = example_target(0, false);

TEST(DeviceRules, AreParsedAndRendered) {
  for (const char* text : {"c 10:229 rwm", "b 8:* r", "c *:* m", "a *:* rwm", "b *:5 rw"}) {
    EXPECT_EQ(render_device_rule(parse_device_rule(text)), text);
  }
  EXPECT_EQ(render_device_rule(parse_device_rule("a")), "a *:* rwm");
  EXPECT_EQ(render_device_rule(parse_device_rule("c 1:3")), "c 1:3 rwm");
  for (const char* text : {"", "c", "x 1:3 rwm", "c 1 rwm", "c 1:2:3 r", "c -1:3 r", "c 1:3 rx", "c 1:3 rr",
                           "c 1:3 r w", "cc 1:3 r", "c 4294967296:1 r", "c 1:3 r;b"}) {
    EXPECT_THROW(parse_device_rule(text), Error) << text;
  }
}

TEST(DeviceRules, DefaultOnEachBackEnd) {
  const Rules rules = default_device_rules();
  const char* scope =
      "DeviceAllow=char-* m; DeviceAllow=block-* m; DeviceAllow=/dev/char/1:3 rwm; DeviceAllow=/dev/char/1:5 "
      "rwm; "
      "DeviceAllow=/dev/char/1:7 rwm; DeviceAllow=/dev/char/1:8 rwm; DeviceAllow=/dev/char/1:9 rwm; "
      "DeviceAllow=/dev/char/5:0 rwm; DeviceAllow=/dev/char/5:2 rwm; DeviceAllow=char-pts rwm; "
      "DevicePolicy=strict";
  EXPECT_EQ(planned(rules, kScopeV2), scope);
  EXPECT_EQ(planned(rules, kScopeV1), scope);
  EXPECT_EQ(planned(rules, kRawV2), "BPF 11");
  EXPECT_EQ(planned(rules, kRawV1),
            "devices.deny: a; devices.allow: c *:* m; devices.allow: b *:* m; devices.allow: c 1:3 rwm; "
            "devices.allow: c 1:5 rwm; devices.allow: c 1:7 rwm; devices.allow: c 1:8 rwm; devices.allow: c "
            "1:9 rwm; "
            "devices.allow: c 5:0 rwm; devices.allow: c 5:2 rwm; devices.allow: c 136:* rwm");
}

TEST(DeviceRules, AllowingEverythingIsNoControlAtAll) {
  for (const Rules& rules :
       {Rules{}, rules_of({"a"}), rules_of({"-a", "c 1:3 r", "a"}), rules_of({"a", "c 1:3 r"})}) {
    for (const Target& target : {kScopeV2, kScopeV1, kRawV2, kRawV1}) EXPECT_EQ(planned(rules, target), "");
  }
}

TEST(DeviceRules, Denials) {
  // One that takes back a whole rule needs no denial.
  EXPECT_EQ(planned(rules_of({"-a", "c 10:229 rwm", "-c 10:229 w"}), kScopeV2),
            "DeviceAllow=/dev/char/10:229 rm; DevicePolicy=strict");
  EXPECT_EQ(planned(rules_of({"-a", "c 10:229 rwm", "-c *:* rwm"}), kScopeV2), "DevicePolicy=strict");
  EXPECT_EQ(planned(rules_of({"-a", "c 10:229 rwm", "-c 10:200 rwm", "-b 10:229 rwm"}), kScopeV2),
            "DeviceAllow=/dev/char/10:229 rwm; DevicePolicy=strict");
  // One that cuts a hole does: v2's scope cannot, v1's payload can.
  const Rules hole = rules_of({"-a", "c 10:* rwm", "-c 10:229 rwm"});
  EXPECT_EQ(planned(hole, kScopeV2),
            "DeviceAllow=char-10 rwm; DevicePolicy=strict; "
            "NO --device-cgroup-rule: 'c 10:229 rwm': systemd has no rules that deny");
  EXPECT_EQ(planned(hole, kScopeV1),
            "DeviceAllow=char-10 rwm; DevicePolicy=strict; "
            "devices.deny: a; devices.allow: c 10:* rwm; devices.deny: c 10:229 rwm");
  EXPECT_EQ(planned(hole, kRawV2), "BPF 3");
}

TEST(DeviceRules, WhatSystemdCannotName) {
  EXPECT_EQ(planned(rules_of({"-a", "c *:5 r"}), kScopeV2),
            "DevicePolicy=strict; "
            "NO --device-cgroup-rule: 'c *:5 r': systemd cannot name a minor number of every driver");
  EXPECT_EQ(
      planned(rules_of({"-a", "b 8:* r"}), example_target(239, true)),
      "DevicePolicy=strict; NO --device-cgroup-rule: 'b 8:* r': systemd knows drivers by number since 240");
  // v1's own "a" ignores the numbers behind it.
  EXPECT_EQ(planned(rules_of({"-a", "a 7:0 r"}), kRawV1),
            "devices.deny: a; devices.allow: b 7:0 r; devices.allow: c 7:0 r");
}

TEST(DeviceRules, DeviceAllowFromPropertyJoinsThem) {
  EXPECT_EQ(planned(rules_of({"-a", "c 1:3 rwm"}), kScopeV2, "--property DeviceAllow=/dev/fuse rw"),
            "DeviceAllow=/dev/char/1:3 rwm; DeviceAllow=/dev/fuse rw; DevicePolicy=strict");
  EXPECT_EQ(planned(rules_of({"-a"}), kRawV1, "--property DeviceAllow=/dev/fuse rw"),
            "devices.deny: a; NO --property DeviceAllow: only systemd has it");
}

TEST(DeviceRules, MissingControllerIsRefused) {
  Target target = kRawV1;
  target.controllers.erase("devices");
  EXPECT_NE(planned(default_device_rules(), target).find("NO --device-cgroup-rule: the devices controller"),
            std::string::npos);
}

}  // namespace
}  // namespace sdcont
