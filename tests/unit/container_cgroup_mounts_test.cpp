#include "container/cgroup_mounts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

MountPlan plan_of(const std::vector<std::string>& controllers) {
  MountPlan plan;
  for (const std::string& controller : controllers) {
    plan.cgroups.push_back({.kind = MountKind::cgroup, .target = "/sys/fs/cgroup", .source = controller});
    plan.cgroups.push_back({.kind = MountKind::symlink, .target = "/sys/fs/cgroup/link"});
  }
  return plan;
}

/// One that is mounted on this machine.
std::string some_controller(const CgroupHost& host) { return host.unified() ? "" : host.v1.begin()->first; }

TEST(CgroupMountsTest, ShowTheCgroupOfTheProcess) {
  const CgroupHost host = detect_cgroups();
  const auto mounts = open_cgroup_mounts(plan_of({some_controller(host)}), host, "self");
  ASSERT_EQ(mounts.size(), 1U);
  const auto pids = words(read_at_if(mounts[0].get(), "cgroup.procs").value_or(""));
  EXPECT_NE(std::find(pids.begin(), pids.end(), std::to_string(getpid())), pids.end());
}

TEST(CgroupMountsTest, NoneWhereOneCannotBeShown) {
  const CgroupHost host = detect_cgroups();
  CgroupHost without = host;
  without.v1.clear();
  without.v2 = {};
  EXPECT_TRUE(open_cgroup_mounts(plan_of({some_controller(host)}), without, "self").empty());
  EXPECT_TRUE(open_cgroup_mounts({}, host, "self").empty());
}

}  // namespace
}  // namespace sdcont
