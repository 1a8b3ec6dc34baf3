#include "cgroup/host.h"

#include <sys/stat.h>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class HostTest : public FakeTree {
 protected:
  void mount(const std::string& point, const std::string& root, const std::string& type,
             const std::string& options) {
    write(point + "/cgroup.procs", "");
    mountinfo_ += "31 23 0:28 " + root + " " + at(point) + " rw,relatime shared:9 - " + type + " cgroup rw," +
                  options + "\n";
  }
  CgroupHost detect(const std::string& membership) {
    write("proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n" + mountinfo_);
    write("proc/self/cgroup", membership);
    return detect_cgroups(at("proc"));
  }

 private:
  std::string mountinfo_;
};

TEST_F(HostTest, UnifiedWithOwnCgroup) {
  mount("cg", "/", "cgroup2", "nsdelegate");
  write_all("cg",
            {{"cgroup.controllers", "cpu io memory pids\n"}, {"cgroup.subtree_control", "memory pids\n"}});
  write_all("cg/user/a",
            {{"cgroup.type", "domain"}, {"cgroup.controllers", "memory pids"}, {"memory.swap.max", "max"}});
  const CgroupHost host = detect("0::/user/a\n");
  EXPECT_EQ(host.mode, CgroupMode::unified);
  EXPECT_EQ(host.v2.own_path, "/user/a");
  EXPECT_EQ(host.v2.own_directory(), at("cg/user/a"));
  EXPECT_EQ(host.v2.directory("/user/b"), at("cg/user/b"));
  EXPECT_EQ(host.controllers, (std::set<std::string>{"cpu", "io", "memory", "pids"}));
  EXPECT_TRUE(host.files.contains("memory.swap.max"));
  EXPECT_FALSE(host.files.contains("memory.zswap.max")) << "seen, so not assumed";
  EXPECT_TRUE(host.files.contains("cpu.max")) << "no cgroup shows cpu yet, so its files are assumed";
  EXPECT_TRUE(host.writable);
}

TEST_F(HostTest, ControllersMountedApartAndJoined) {
  mount("cg/cpu", "/", "cgroup", "cpu");
  mount("cg/cpuacct", "/", "cgroup", "cpuacct");
  mount("cg/net", "/", "cgroup", "net_cls,net_prio");
  mount("cg/memory", "/", "cgroup", "memory,release_agent=/x");
  mount("cg/systemd", "/", "cgroup", "xattr,name=systemd");
  write("cg/memory/deep/memory.memsw.limit_in_bytes", "1");
  const CgroupHost host =
      detect("9:name=systemd:/\n4:memory:/deep\n3:net_cls,net_prio:/\n2:cpuacct:/\n1:cpu:/\n");
  EXPECT_EQ(host.mode, CgroupMode::legacy);
  EXPECT_EQ(host.v1.at("cpu").mount_point, at("cg/cpu"));
  EXPECT_EQ(host.v1.at("cpuacct").mount_point, at("cg/cpuacct"));
  EXPECT_EQ(host.v1.at("net_prio").controllers, (std::vector<std::string>{"net_cls", "net_prio"}));
  EXPECT_EQ(host.v1.at("memory").own_directory(), at("cg/memory/deep"));
  EXPECT_EQ(host.v1.at("name=systemd").own_directory(), at("cg/systemd"));
  EXPECT_EQ(host.controllers, (std::set<std::string>{"cpu", "cpuacct", "memory", "net_cls", "net_prio"}));
}

TEST_F(HostTest, HybridHasV2WithoutControllers) {
  mount("cg/memory", "/", "cgroup", "memory");
  mount("cg/unified", "/", "cgroup2", "rw");
  write("cg/unified/cgroup.controllers", "hugetlb\n");
  const CgroupHost host = detect("4:memory:/\n0::/\n");
  EXPECT_EQ(host.mode, CgroupMode::hybrid);
  EXPECT_EQ(host.v2.mount_point, at("cg/unified"));
  EXPECT_EQ(host.controllers, (std::set<std::string>{"memory"}));
}

TEST_F(HostTest, StrayV1MountDoesNotMakeAHybrid) {
  mount("cg", "/", "cgroup2", "rw");
  mount("net_cls", "/", "cgroup", "net_cls");
  write("cg/cgroup.controllers", "cpu memory pids\n");
  EXPECT_EQ(detect("3:net_cls:/\n0::/\n").mode, CgroupMode::unified);
}

TEST_F(HostTest, V2AloneWithoutControllersIsUnified) {
  mount("cg", "/", "cgroup2", "rw");
  write("cg/cgroup.controllers", "\n");
  const CgroupHost host = detect("0::/\n");
  EXPECT_EQ(host.mode, CgroupMode::unified);
  EXPECT_TRUE(host.controllers.empty());
}

TEST_F(HostTest, MountOfASubtree) {
  // a container without a cgroup namespace: both paths are those of the host
  mount("cg", "/docker/x", "cgroup2", "rw");
  write("cg/app/cgroup.procs", "");
  write("cg/cgroup.controllers", "memory\n");
  const CgroupHost host = detect("0::/docker/x/app\n");
  EXPECT_EQ(host.v2.own_path, "/app");
  EXPECT_EQ(host.v2.directory("/docker/x/app/sub"), at("cg/app/sub"));
  EXPECT_EQ(host.v2.directory("/docker/y"), "") << "this mount does not show it";
}

TEST_F(HostTest, MountFromBeforeTheCgroupNamespace) {
  mount("cg", "/../..", "cgroup2", "rw");
  write("cg/cgroup.controllers", "memory\n");
  write("cg/other/x/leaf/cgroup.procs", "1\n");
  write("cg/machine/me/leaf/cgroup.procs", "1\n" + std::to_string(getpid()) + "\n");
  const CgroupHost host = detect("0::/leaf\n");
  EXPECT_EQ(host.v2.own_directory(), at("cg/machine/me/leaf"));
  EXPECT_EQ(host.v2.directory("/leaf/sub"), at("cg/machine/me/leaf/sub"));
}

TEST_F(HostTest, OwnCgroupOutsideTheMountFallsBackToItsRoot) {
  mount("cg", "/", "cgroup2", "rw");
  write("cg/cgroup.controllers", "memory\n");
  const CgroupHost host = detect("0::/../elsewhere\n");
  EXPECT_EQ(host.v2.own_directory(), at("cg"));
  EXPECT_EQ(host.v2.directory("/../elsewhere"), "");
}

TEST_F(HostTest, CoveredMountIsPassedOver) {
  mount("covered", "/", "cgroup2", "rw");
  mount("cg", "/", "cgroup2", "rw");
  std::filesystem::remove(at("covered/cgroup.procs"));
  write("cg/cgroup.controllers", "memory\n");
  EXPECT_EQ(detect("0::/\n").v2.mount_point, at("cg"));
}

TEST_F(HostTest, NothingMounted) {
  const CgroupHost host = detect("0::/\n");
  EXPECT_FALSE(host.v2.mounted());
  EXPECT_TRUE(host.v1.empty());
  EXPECT_FALSE(host.writable);
}

TEST_F(HostTest, BlkioIsProbedInAChild) {
  mount("cg/blkio", "/", "cgroup", "blkio");
  write("cg/blkio/blkio.throttle.read_bps_device", "");
  write("cg/blkio/some/blkio.bfq.weight", "100");
  const CgroupHost host = detect("7:blkio:/\n");
  EXPECT_TRUE(host.files.contains("blkio.throttle.read_bps_device"));
  EXPECT_TRUE(host.files.contains("blkio.bfq.weight"));
}

TEST_F(HostTest, MountPointWithSpaces) {
  mount("cg\\040x", "/", "cgroup2", "rw");
  write("cg x/cgroup.procs", "");
  write("cg x/cgroup.controllers", "memory\n");
  EXPECT_EQ(detect("0::/\n").v2.mount_point, at("cg x"));
}

}  // namespace
}  // namespace sdcont
