#include "cli/missing.h"

#include <algorithm>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class MissingTest : public FakeTree {
 protected:
  // What is said to paste for a thing that is missing; empty where it is not.
  std::string remedy(const CgroupHost& host, const std::string& what) {
    const auto missing = find_missing(host, at("proc"));
    const auto found = std::find_if(missing.begin(), missing.end(),
                                    [&](const Missing& entry) { return entry.what.starts_with(what); });
    return found == missing.end() ? "" : found->remedy;
  }
};

TEST_F(MissingTest, NoCgroupsAtAll) {
  EXPECT_EQ(remedy({}, "cgroups"), "sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup");
}

TEST_F(MissingTest, UnifiedControllers) {
  CgroupHost host;
  host.v2.mount_point = "/sys/fs/cgroup";
  host.controllers = {"cpu", "io", "memory"};
  write("proc/cgroups", "#subsys_name hierarchy num_cgroups enabled\ncpuset 0 1 1\npids 0 1 0\n");
  EXPECT_EQ(remedy(host, "the cpu controller"), "");
  EXPECT_EQ(remedy(host, "the cpuset controller"),
            "echo +cpuset | sudo tee /sys/fs/cgroup/cgroup.subtree_control");
  EXPECT_NE(remedy(host, "the pids controller").find("cgroup_enable=pids"), std::string::npos);
}

TEST_F(MissingTest, LegacyControllers) {
  CgroupHost host;
  host.mode = CgroupMode::legacy;
  host.v1["cpu"].mount_point = "/sys/fs/cgroup/cpu";
  host.controllers = {"cpu"};
  write("proc/cgroups", "#subsys_name hierarchy num_cgroups enabled\ncpu 1 1 1\nblkio 0 1 1\nmemory 0 1 0\n");
  EXPECT_EQ(
      remedy(host, "the blkio controller"),
      "sudo mkdir -p /sys/fs/cgroup/blkio && sudo mount -t cgroup -o blkio cgroup /sys/fs/cgroup/blkio");
  EXPECT_NE(remedy(host, "the memory controller").find("cgroup_enable=memory"), std::string::npos);
  EXPECT_EQ(remedy(host, "the pids controller"), "use a kernel that is built with CONFIG_CGROUP_PIDS=y");
}

TEST_F(MissingTest, Swap) {
  CgroupHost host;
  host.v2.mount_point = "/sys/fs/cgroup";
  host.controllers = {"memory"};
  EXPECT_NE(remedy(host, "limits of swap").find("swapaccount=1"), std::string::npos);
}

}  // namespace
}  // namespace sdcont
