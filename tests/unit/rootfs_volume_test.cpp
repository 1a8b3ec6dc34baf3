#include "rootfs/volume.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

Mount bind(std::vector<std::string> options) { return {"/data", "bind", "/srv", std::move(options)}; }

TEST(VolumeTest, BindDefaults) {
  const MountStep step = plan_volume(bind({"rbind", "rprivate"}));
  EXPECT_EQ(step.kind, MountKind::bind);
  EXPECT_TRUE(step.recursive);
  EXPECT_TRUE(step.from_user);
  EXPECT_EQ(step.propagation, uint64_t{MS_PRIVATE});
  EXPECT_EQ(step.attributes, uint64_t{MOUNT_ATTR_NODEV});
}

TEST(VolumeTest, DevicesWorkWhereTheyAreMeantTo) {
  EXPECT_EQ(plan_volume({"/dev/dri", "bind", "/dev/dri", {}}).attributes, 0U);
  EXPECT_EQ(plan_volume(bind({}), true).attributes, 0U);
  EXPECT_EQ(plan_volume(bind({"nodev"}), true).attributes, uint64_t{MOUNT_ATTR_NODEV});
}

TEST(VolumeTest, Words) {
  EXPECT_EQ(plan_volume(bind({"ro", "nosuid", "noexec", "dev"})).attributes,
            uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC});
  EXPECT_EQ(plan_volume(bind({"ro", "rw"})).attributes, uint64_t{MOUNT_ATTR_NODEV});
  EXPECT_EQ(plan_volume(bind({"strictatime", "noatime"})).attributes,
            uint64_t{MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME});
  EXPECT_EQ(plan_volume(bind({"noatime", "relatime"})).attributes, uint64_t{MOUNT_ATTR_NODEV});
  EXPECT_FALSE(plan_volume(bind({"bind"})).recursive);
  EXPECT_EQ(plan_volume(bind({"rslave"})).propagation, uint64_t{MS_SLAVE});
}

TEST(VolumeTest, Tmpfs) {
  const MountStep step = plan_volume({"/tmp", "tmpfs", "tmpfs", {"size=64m", "mode=1777", "exec"}});
  EXPECT_EQ(step.kind, MountKind::filesystem);
  EXPECT_EQ(step.source, "tmpfs");
  EXPECT_EQ(step.attributes, uint64_t{MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV});
  EXPECT_EQ(step.options,
            (std::vector<std::pair<std::string, std::string>>{{"size", "64m"}, {"mode", "1777"}}));
}

TEST(VolumeTest, Refusals) {
  const auto refusal = [](const Mount& mount) { return error_of([&] { plan_volume(mount); }); };
  EXPECT_NE(refusal(bind({"rshared"})).find("reach the host"), std::string::npos);
  EXPECT_NE(refusal(bind({"size=1m"})), "");
  EXPECT_NE(refusal(bind({"loop"})), "");
  for (const char* option : {"size", "size=", "lowerdir=/etc", "huge\n=1"}) {
    EXPECT_NE(refusal({"/t", "tmpfs", "", {option}}), "") << option;
  }
  for (const char* destination :
       {"/", "/..", "/proc", "/proc/sys", "/x/../proc/self", "//proc", "relative", ""}) {
    EXPECT_NE(refusal({destination, "tmpfs", "", {}}), "") << destination;
  }
  EXPECT_NE(refusal({"/x", "proc", "proc", {}}), "");
  EXPECT_NE(refusal({"/x", "bind", "relative", {}}), "");
  EXPECT_EQ(refusal({"/process", "tmpfs", "", {}}), "");
}

TEST(VolumeTest, Paths) {
  EXPECT_EQ(clean_path("//a/./b/../c/"), "/a/c");
  EXPECT_EQ(clean_path("/../.."), "/");
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_TRUE(is_within("/a", "/a"));
  EXPECT_FALSE(is_within("/ab", "/a"));
  EXPECT_TRUE(is_within("/ab", "/"));
}

}  // namespace
}  // namespace sdcont
