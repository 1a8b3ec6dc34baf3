#include "rootfs/oci_mounts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rootfs/volume.h"

namespace sdcont {
namespace {

using Options = std::vector<std::string>;

const Mount* at(const std::vector<Mount>& mounts, const std::string& destination) {
  const auto found = std::find_if(mounts.begin(), mounts.end(),
                                  [&](const Mount& mount) { return mount.destination == destination; });
  return found == mounts.end() ? nullptr : &*found;
}

std::vector<Mount> mounts_of(bool unified) {
  ContainerSpec spec;
  spec.root = {Root::Kind::directory, "/srv/root", false};
  spec.hostname = "box";
  spec.mounts = {{"/data", "bind", "/srv/data", {"rbind", "ro", "rslave"}}};
  RootContext context;
  context.layer = {"/layer", false};
  context.unified = unified;
  context.v1_hierarchies = {{"cpu", "cpuacct"}, {"name=systemd"}};
  return oci_mounts(plan_mounts(spec, context));
}

TEST(OciMountsTest, DefaultAndUsersMounts) {
  const auto mounts = mounts_of(true);
  ASSERT_NE(at(mounts, "/proc"), nullptr);
  EXPECT_EQ(at(mounts, "/proc")->type, "proc");
  EXPECT_EQ(at(mounts, "/proc")->options, (Options{"nosuid", "nodev", "noexec"}));
  EXPECT_EQ(at(mounts, "/sys")->options, (Options{"ro", "nosuid", "nodev", "noexec"}));
  EXPECT_EQ(at(mounts, "/dev")->options, (Options{"size=65536k", "mode=755", "nosuid", "strictatime"}));
  EXPECT_EQ(at(mounts, "/data")->source, "/srv/data");
  EXPECT_EQ(at(mounts, "/data")->options, (Options{"rbind", "rslave", "ro", "nodev"}));
  EXPECT_EQ(at(mounts, "/"), nullptr) << "OCI has the root elsewhere";
}

TEST(OciMountsTest, CgroupsAreOneMount) {
  for (const bool unified : {true, false}) {
    const auto mounts = mounts_of(unified);
    ASSERT_NE(at(mounts, "/sys/fs/cgroup"), nullptr);
    EXPECT_EQ(at(mounts, "/sys/fs/cgroup")->type, "cgroup");
    EXPECT_EQ(at(mounts, "/sys/fs/cgroup")->options, (Options{"ro", "nosuid", "nodev", "noexec"}));
    EXPECT_EQ(at(mounts, "/sys/fs/cgroup/cpu,cpuacct"), nullptr);
  }
}

TEST(OciMountsTest, AttributeWords) {
  EXPECT_EQ(attribute_words(0), Options{});
  EXPECT_EQ(attribute_words(MOUNT_ATTR_RDONLY), Options{"ro"});
  EXPECT_EQ(attribute_words(MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODEV), (Options{"nodev", "noatime"}));
  EXPECT_EQ(attribute_words(MOUNT_ATTR_STRICTATIME), Options{"strictatime"});
}

}  // namespace
}  // namespace sdcont
