#include <algorithm>

#include "rootfs/oci_mounts.h"
#include "rootfs/plan.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

using Steps = std::vector<MountStep>;

ContainerSpec plain_spec(bool systemd) {
  ContainerSpec spec;
  spec.id = std::string(32, 'a') + std::string(32, 'b');
  spec.root = {Root::Kind::directory, "/srv/root", false};
  spec.systemd = systemd;
  return spec;
}

const MountStep* step_at(const Steps& steps, const std::string& target) {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const MountStep& step) { return step.target == target; });
  return found == steps.end() ? nullptr : &*found;
}

RootContext v1_context() {
  RootContext context;
  context.unified = false;
  context.v1_hierarchies = {{""}, {"cpu", "cpuacct"}, {"cpuset"}, {"freezer"}, {"memory"}, {"name=systemd"}};
  return context;
}

bool is_readonly(const MountStep& step) { return (step.attributes & MOUNT_ATTR_RDONLY) != 0; }

TEST(InsidePlanTest, CredentialsComeAfterWhatTheUserMounts) {
  ContainerSpec spec = plain_spec(false);
  spec.credentials = {{"pw", ""}};
  spec.process.user = "app";
  Mount run;
  run.destination = "/run";
  run.type = "tmpfs";
  spec.mounts = {run};
  RootContext context;
  context.credentials = {{"pw", "secret"}};
  const Steps steps = plan_mounts(spec, context).steps;
  const MountStep* const credentials = step_at(steps, kCredentialsDirectory);
  ASSERT_NE(credentials, nullptr);
  EXPECT_LT(step_at(steps, "/run"), credentials);
  EXPECT_EQ(credentials->source, "app");
  EXPECT_TRUE(is_readonly(*credentials));
  EXPECT_FALSE(credentials->follow);
  for (const Mount& mount : oci_mounts(plan_mounts(spec, context))) {
    for (const std::string& option : mount.options) EXPECT_EQ(option.find("secret"), std::string::npos);
  }
}

TEST(InsidePlanTest, ContainerInterface) {
  RootContext context;
  context.os_release = "ID=debian\n";
  const ContainerSpec spec = plain_spec(true);
  const Steps steps = plan_mounts(spec, context).steps;
  for (const char* target : {"/run", "/run/lock", "/tmp"}) {
    const MountStep* const step = step_at(steps, target);
    ASSERT_NE(step, nullptr) << target;
    EXPECT_EQ(step->source, "tmpfs");
    EXPECT_FALSE(is_readonly(*step));
  }
  EXPECT_EQ(step_at(steps, "/run/host/container-manager")->source, "sdcont\n");
  EXPECT_EQ(step_at(steps, "/run/host/container-uuid")->source, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa\n");
  EXPECT_EQ(step_at(steps, "/run/host/os-release")->source, "ID=debian\n");
  EXPECT_EQ(step_at(steps, "/etc/machine-id")->kind, MountKind::own_file);
  EXPECT_EQ(step_at(steps, "/etc/machine-id")->source, std::string(32, 'a') + "\n");
  EXPECT_EQ(step_at(plan_mounts(plain_spec(false), context).steps, "/run/host/container-manager"), nullptr);
}

TEST(InsidePlanTest, AReadOnlyRootHasItsIdOverIt) {
  ContainerSpec spec = plain_spec(true);
  spec.root.readonly = true;
  EXPECT_EQ(step_at(plan_mounts(spec, {}).steps, "/etc/machine-id")->kind, MountKind::file);
}

TEST(InsidePlanTest, UnifiedCgroupIsWritableBelowItsLimits) {
  const Steps steps = plan_mounts(plain_spec(true), {}).cgroups;
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_FALSE(is_readonly(steps[0]));
  EXPECT_EQ(steps[1].kind, MountKind::cgroup_limits);
  EXPECT_EQ(steps[1].target, "/sys/fs/cgroup");
}

TEST(InsidePlanTest, OfV1TheHierarchiesThatSystemdKnowsAreWritable) {
  const Steps steps = plan_mounts(plain_spec(true), v1_context()).cgroups;
  for (const char* name : {"systemd", "unified", "memory", "cpu,cpuacct"})
    EXPECT_FALSE(is_readonly(*step_at(steps, std::string("/sys/fs/cgroup/") + name))) << name;
  for (const char* name : {"freezer", "cpuset"})
    EXPECT_TRUE(is_readonly(*step_at(steps, std::string("/sys/fs/cgroup/") + name))) << name;
  EXPECT_EQ(std::count_if(steps.begin(), steps.end(),
                          [](const MountStep& step) { return step.kind == MountKind::cgroup_limits; }),
            4);
  for (const MountStep& step : plan_mounts(plain_spec(false), v1_context()).cgroups) {
    if (step.kind == MountKind::filesystem && step.source != "tmpfs") {
      EXPECT_TRUE(is_readonly(step)) << step.target;
    }
  }
}

}  // namespace
}  // namespace sdcont
