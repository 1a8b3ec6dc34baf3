#include <algorithm>

#include "rootfs/plan.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

ContainerSpec spec() {
  ContainerSpec spec;
  spec.root = {Root::Kind::directory, "/srv/root", false};
  spec.hostname = "box";
  spec.masked_paths = default_masked_paths();
  spec.readonly_paths = default_readonly_paths();
  return spec;
}

RootContext context() {
  RootContext context;
  context.layer = {"/var/lib/sdcont/layer", false};
  return context;
}

size_t position(const std::vector<MountStep>& steps, const std::string& target, size_t from = 0) {
  for (size_t i = from; i < steps.size(); ++i) {
    if (steps[i].target == target) return i;
  }
  return steps.size();
}

bool has(const MountPlan& plan, const std::string& target) {
  return position(plan.steps, target) != plan.steps.size();
}

const MountStep& at(const MountPlan& plan, const std::string& target) {
  return plan.steps.at(position(plan.steps, target));
}

TEST(PlanTest, BeginsWithTheRoot) {
  const MountPlan plan = plan_mounts(spec(), context());
  const MountStep& root = plan.steps.front();
  EXPECT_EQ(root.kind, MountKind::overlay);
  EXPECT_EQ(root.target, "/");
  EXPECT_EQ(root.lowers, std::vector<std::string>{"/srv/root"});
  EXPECT_EQ(root.layer, "/var/lib/sdcont/layer/0");
  EXPECT_EQ(root.attributes, uint64_t{MOUNT_ATTR_NODEV});
  EXPECT_TRUE(root.options.empty());
  EXPECT_FALSE(has(plan, "/run"));
}

TEST(PlanTest, ThrowAwayLayersAreVolatile) {
  RootContext throw_away = context();
  throw_away.layer.throw_away = true;
  EXPECT_EQ(plan_mounts(spec(), throw_away).steps.front().options.front().first, "volatile");
}

TEST(PlanTest, KernelMounts) {
  const MountPlan plan = plan_mounts(spec(), context());
  constexpr uint64_t kAll = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;
  EXPECT_EQ(at(plan, "/proc").attributes, kAll);
  EXPECT_EQ(at(plan, "/sys").attributes, kAll | MOUNT_ATTR_RDONLY);
  for (const char* target :
       {"/proc", "/sys", "/dev", "/dev/null", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/ptmx"}) {
    EXPECT_FALSE(at(plan, target).follow) << target;
  }
  EXPECT_EQ(at(plan, "/dev/shm").options.back().second, std::to_string(64 << 20));
  EXPECT_EQ(at(plan, "/dev/null").device.minor, 3U);
  EXPECT_EQ(at(plan, "/etc/hostname").source, "box\n");
}

TEST(PlanTest, RestrictionsComeLast) {
  ContainerSpec readonly = spec();
  readonly.root.readonly = true;
  readonly.process.cwd = "/work";
  readonly.mounts = {{"/proc2", "tmpfs", "", {}}};
  const MountPlan plan = plan_mounts(readonly, context());
  const size_t masked = position(plan.steps, "/proc/kcore");
  EXPECT_LT(position(plan.steps, "/proc2"), masked);
  EXPECT_LT(masked, position(plan.steps, "/proc/sys"));
  EXPECT_LT(position(plan.steps, "/proc/sys"), position(plan.steps, "/work"));
  EXPECT_EQ(plan.steps.back().kind, MountKind::readonly_mount);
  EXPECT_EQ(plan.steps.back().target, "/");
  EXPECT_NE(at(plan, "/etc/hosts").attributes & MOUNT_ATTR_RDONLY, 0U);
}

TEST(PlanTest, VolumesReplaceDefaultsAndAreSortedByDepth) {
  ContainerSpec volumes = spec();
  volumes.mounts = {{"/etc/hosts", "bind", "/h", {}},
                    {"/a/b/c", "bind", "/c", {}},
                    {"/a", "bind", "/a", {}},
                    {"/dev/shm", "tmpfs", "", {"size=1m"}},
                    {"/etc", "bind", "/e", {}}};
  const MountPlan plan = plan_mounts(volumes, context());
  EXPECT_LT(position(plan.steps, "/a"), position(plan.steps, "/a/b/c"));
  EXPECT_LT(position(plan.steps, "/etc"), position(plan.steps, "/etc/hosts"));
  EXPECT_LT(position(plan.steps, "/etc"), position(plan.steps, "/etc/resolv.conf"));
  EXPECT_EQ(at(plan, "/etc/hosts").kind, MountKind::bind);
  const size_t shm = position(plan.steps, "/dev/shm");
  EXPECT_TRUE(plan.steps[shm].from_user);
  EXPECT_EQ(position(plan.steps, "/dev/shm", shm + 1), plan.steps.size());
}

TEST(PlanTest, AVolumeAtDevIsTheWholeOfIt) {
  ContainerSpec volumes = spec();
  volumes.mounts = {{"/dev", "bind", "/dev", {}}};
  volumes.devices = {{"/dev/fuse", "/dev/fuse", "rwm", 'c', 10, 229}};
  const MountPlan plan = plan_mounts(volumes, context());
  EXPECT_TRUE(at(plan, "/dev").from_user);
  for (const char* target : {"/dev/null", "/dev/pts", "/dev/shm", "/dev/ptmx", "/dev/fuse"}) {
    EXPECT_FALSE(has(plan, target)) << target;
  }
}

TEST(PlanTest, DevicesOutsideDevComeWithTheVolumes) {
  ContainerSpec outside = spec();
  outside.mounts = {{"/opt", "bind", "/opt", {}}};
  outside.devices = {{"/dev/fuse", "/opt/fuse", "rwm", 'c', 10, 229}};
  const MountPlan plan = plan_mounts(outside, context());
  EXPECT_LT(position(plan.steps, "/opt"), position(plan.steps, "/opt/fuse"));
  EXPECT_TRUE(at(plan, "/opt/fuse").follow);
}

TEST(PlanTest, ReadOnlyRootLeavesVolumesWritable) {
  ContainerSpec host = spec();
  host.root = {Root::Kind::host, "/", true};
  host.mounts = {{"/home", "bind", "/srv", {}}};
  RootContext view = context();
  view.host_mounts = parse_mountinfo(
      "21 1 8:1 / / rw - ext4 a rw\n26 21 8:2 / /home rw - ext4 b rw\n27 26 8:3 / /home/x rw - ext4 c rw\n");
  for (const MountStep& step : plan_mounts(host, view).steps) {
    EXPECT_FALSE(step.kind == MountKind::readonly_mount && step.target != "/") << step.target;
    EXPECT_FALSE(step.kind == MountKind::overlay && step.target != "/") << step.target;
  }
}

TEST(PlanTest, Devices) {
  ContainerSpec devices = spec();
  devices.devices = {{"/dev/fuse", "/dev/fuse", "rwm", 'c', 10, 229},
                     {"/dev/x", "/dev/null", "rwm", 'c', 9, 9}};
  RootContext host = context();
  host.host_devices = {{"/dev/sda", "/dev/sda", "rwm", 'b', 8, 0}};
  MountPlan plan = plan_mounts(devices, host);
  EXPECT_EQ(at(plan, "/dev/fuse").device.minor, 229U);
  EXPECT_EQ(at(plan, "/dev/null").device.major, 9U);
  EXPECT_FALSE(has(plan, "/dev/sda"));
  devices.privileged = true;
  plan = plan_mounts(devices, host);
  EXPECT_TRUE(has(plan, "/dev/sda"));
}

TEST(PlanTest, Privileged) {
  ContainerSpec privileged = spec();
  privileged.privileged = true;
  const MountPlan plan = plan_mounts(privileged, context());
  EXPECT_EQ(plan.steps.front().attributes, 0U);
  EXPECT_EQ(at(plan, "/sys").attributes & MOUNT_ATTR_RDONLY, 0U);
  EXPECT_FALSE(has(plan, "/proc/kcore"));
  EXPECT_FALSE(has(plan, "/proc/sys"));
  EXPECT_EQ(plan.cgroups.front().attributes & MOUNT_ATTR_RDONLY, 0U);
}

TEST(PlanTest, HostIpcAndHostHosts) {
  ContainerSpec shared = spec();
  shared.namespaces.host_ipc = true;
  shared.namespaces.host_network = true;
  shared.extra_hosts = {"10.0.0.9\tdb"};
  RootContext host = context();
  host.hosts = "127.0.0.1 localhost myhost";
  const MountPlan plan = plan_mounts(shared, host);
  EXPECT_EQ(at(plan, "/dev/shm").kind, MountKind::bind);
  EXPECT_EQ(at(plan, "/etc/hosts").source, "127.0.0.1 localhost myhost\n10.0.0.9\tdb\n");
}

TEST(PlanTest, MountPointsLieUnderImages) {
  ContainerSpec image = spec();
  image.root.kind = Root::Kind::image;
  image.root.layers = {"/upper", "/lower"};
  RootContext with = context();
  with.mount_points = "/mount-points";
  EXPECT_EQ(plan_mounts(image, with).steps[0].lowers,
            (std::vector<std::string>{"/upper", "/lower", "/mount-points"}));
  EXPECT_EQ(plan_mounts(image, with).mount_points, "/mount-points");
  ContainerSpec deep = image;
  deep.root.layers.resize(kMaxLowers, "/layer");
  EXPECT_EQ(plan_mounts(deep, with).steps[0].lowers, deep.root.layers);
  image.hostname.clear();  // shared with the host: there is nothing on /etc/hostname
  EXPECT_EQ(plan_mounts(image, with).steps[0].lowers, (std::vector<std::string>{"/upper", "/lower"}));
}

TEST(PlanTest, HostRoot) {
  ContainerSpec host = spec();
  host.root = {Root::Kind::host, "/", true};
  RootContext view = context();
  view.mount_points = "/mount-points";
  view.host_mounts =
      parse_mountinfo("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n26 21 8:2 / /home rw - ext4 /dev/sda2 rw\n");
  const MountPlan plan = plan_mounts(host, view);
  EXPECT_EQ(plan.steps[0].lowers, std::vector<std::string>{"/"});
  EXPECT_EQ(plan.steps[1].target, "/home");
  EXPECT_EQ(at(plan, "/run").source, "tmpfs");
  EXPECT_EQ(at(plan, "/run/lock").mode, mode_t{01777});
  const size_t count =
      static_cast<size_t>(std::count_if(plan.steps.begin(), plan.steps.end(), [](const MountStep& s) {
        return s.kind == MountKind::readonly_mount;
      }));
  EXPECT_EQ(count, 2U);
}

TEST(PlanTest, Cgroups) {
  const MountPlan unified = plan_mounts(spec(), context());
  ASSERT_EQ(unified.cgroups.size(), 1U);
  EXPECT_EQ(unified.cgroups[0].kind, MountKind::cgroup);
  EXPECT_EQ(unified.cgroups[0].source, "");
  EXPECT_NE(unified.cgroups[0].attributes & MOUNT_ATTR_RDONLY, 0U);

  RootContext hybrid = context();
  hybrid.unified = false;
  hybrid.v1_hierarchies = {{"cpu", "cpuacct"}, {"memory"}, {"name=systemd"}, {""}};
  const MountPlan plan = plan_mounts(spec(), hybrid);
  const auto targets_of = [](const std::vector<MountStep>& steps) {
    std::vector<std::string> targets;
    for (const MountStep& step : steps) {
      if (step.target.starts_with(kCgroupRoot)) targets.push_back(step.target.substr(14));
    }
    return targets;
  };
  // what can be made before there is a cgroup
  EXPECT_EQ(targets_of(plan.steps),
            (std::vector<std::string>{"", "/cpu", "/cpuacct", "/cpu,cpuacct", "/memory.max", "/memory",
                                      "/systemd", "/unified"}));
  EXPECT_EQ(at(plan, "/sys/fs/cgroup").source, "tmpfs");
  EXPECT_EQ(at(plan, "/sys/fs/cgroup/cpu").kind, MountKind::symlink);
  EXPECT_EQ(targets_of(plan.cgroups),
            (std::vector<std::string>{"/cpu,cpuacct", "/memory", "/systemd", "/unified", ""}));
  EXPECT_EQ(plan.cgroups[0].options.size(), 2U);
  EXPECT_EQ(plan.cgroups[3].kind, MountKind::cgroup);
  EXPECT_EQ(plan.cgroups[3].source, "");
  EXPECT_EQ(plan.cgroups.back().kind, MountKind::readonly_mount);

  hybrid.v1_hierarchies.clear();
  EXPECT_TRUE(plan_mounts(spec(), hybrid).cgroups.empty());
  ContainerSpec own = spec();
  own.mounts = {{"/sys/fs/cgroup", "bind", "/sys/fs/cgroup", {"ro"}}};
  EXPECT_TRUE(plan_mounts(own, context()).cgroups.empty());
}

TEST(PlanTest, SysctlsAreWrittenByTheContainersOwnProcBeforeThatIsReadOnly) {
  ContainerSpec spec_with = spec();
  spec_with.sysctl = {{"net.ipv4.ip_forward", "1"}};
  std::vector<std::string> order;
  for (const MountStep& step : plan_mounts(spec_with, context()).steps) {
    if (step.target == "/proc" || step.target == "/proc/sys" || step.target.starts_with("/proc/sys/"))
      order.push_back(step.target);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"/proc", "/proc/sys/net/ipv4/ip_forward", "/proc/sys"}));
}

}  // namespace
}  // namespace sdcont
