#include <algorithm>

#include "rootfs/host_view.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

constexpr const char* kMountinfo =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "22 21 0:5 / /proc rw - proc proc rw\n"
    "23 22 0:6 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
    "24 21 0:7 / /dev rw - devtmpfs udev rw\n"
    "25 21 0:8 / /run rw - tmpfs tmpfs rw\n"
    "26 21 8:2 / /home rw,nosuid,nodev,noexec - ext4 /dev/sda2 rw\n"
    "27 26 8:3 / /home/deep\\040er rw - xfs /dev/sda3 rw\n"
    "28 21 8:4 / /boot/efi rw - vfat /dev/sda4 rw\n"
    "29 21 7:0 / /snap/x ro - squashfs /dev/loop0 ro\n"
    "30 21 0:9 / /stack rw - tmpfs low rw\n"
    "31 30 0:10 / /stack rw - tmpfs top rw\n"
    "32 21 0:11 / /cover/in rw - tmpfs hidden rw\n"
    "33 21 0:12 / /cover rw - tmpfs cover rw\n"
    "34 21 0:13 / /auto rw - autofs a rw\n"
    "35 34 0:14 / /auto rw - nfs4 server:/ rw\n"
    "36 21 0:15 / /var/lib/sdcont/x rw - tmpfs ours rw\n"
    "37 21 0:16 / /mnt/user rw - fuse.sshfs host: rw\n"
    "38 21 0:17 / /cover2 rw - tmpfs c rw\n"
    "39 21 0:18 / /cover-not/in rw - tmpfs c rw\n"
    "short line\n"
    "\n";

RootContext host_context() {
  RootContext context;
  context.host_mounts = parse_mountinfo(kMountinfo);
  context.layer = {"/var/lib/sdcont/containers/1/layer", true};
  context.hidden = {"/var/lib/sdcont"};
  return context;
}

const MountStep* find(const std::vector<MountStep>& steps, const std::string& target) {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const MountStep& s) { return s.target == target; });
  return found == steps.end() ? nullptr : &*found;
}

TEST(MountinfoTest, Parse) {
  const std::vector<MountInfo> mounts = parse_mountinfo(kMountinfo);
  ASSERT_EQ(mounts.size(), 19U);
  EXPECT_EQ(mounts[0].id, 21);
  EXPECT_EQ(mounts[0].parent, 1);
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_EQ(mounts[0].source, "/dev/sda1");
  EXPECT_EQ(mounts[6].mount_point, "/home/deep er");
  EXPECT_EQ(mounts[5].options, (std::vector<std::string>{"rw", "nosuid", "nodev", "noexec"}));
  EXPECT_EQ(mounts[8].super_options, std::vector<std::string>{"ro"});
}

TEST(HostViewTest, VisibleMountsAreWhatALookupReaches) {
  const std::vector<MountInfo> visible = visible_mounts(parse_mountinfo(kMountinfo));
  const auto count = [&](int id) {
    return std::count_if(visible.begin(), visible.end(),
                         [&](const MountInfo& mount) { return mount.id == id; });
  };
  EXPECT_EQ(count(21), 1);
  EXPECT_EQ(count(30), 0);
  EXPECT_EQ(count(31), 1);
  EXPECT_EQ(count(32), 0);
  EXPECT_EQ(count(33), 1);
  EXPECT_EQ(count(34), 0);
  EXPECT_EQ(count(35), 1);
  EXPECT_EQ(count(39), 1);
  EXPECT_TRUE(visible_mounts({}).empty());
}

TEST(HostViewTest, OverlaysForRealFileSystems) {
  const std::vector<MountStep> steps = plan_host_view(host_context(), MOUNT_ATTR_NODEV);
  for (const char* target :
       {"/home", "/home/deep er", "/stack", "/cover", "/auto", "/cover2", "/cover-not/in"}) {
    const MountStep* step = find(steps, target);
    ASSERT_NE(step, nullptr) << target;
    EXPECT_EQ(step->kind, MountKind::overlay) << target;
    EXPECT_TRUE(step->optional) << target;
  }
  EXPECT_EQ(find(steps, "/home")->attributes,
            uint64_t{MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC});
  EXPECT_EQ(find(steps, "/home")->layer, "/var/lib/sdcont/containers/1/layer/mount-home");
}

TEST(HostViewTest, ReadOnlyBindsForTheRest) {
  const std::vector<MountStep> steps = plan_host_view(host_context(), MOUNT_ATTR_NODEV);
  for (const char* target : {"/boot/efi", "/snap/x", "/mnt/user"}) {
    const MountStep* step = find(steps, target);
    ASSERT_NE(step, nullptr) << target;
    EXPECT_EQ(step->kind, MountKind::bind) << target;
    EXPECT_EQ(step->attributes, uint64_t{MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY}) << target;
  }
}

TEST(HostViewTest, LeavesOutKernelsAndOurs) {
  const std::vector<MountStep> steps = plan_host_view(host_context(), 0);
  for (const char* target :
       {"/", "/proc", "/dev", "/run", "/proc/sys/fs/binfmt_misc", "/cover/in", "/var/lib/sdcont/x"}) {
    EXPECT_EQ(find(steps, target), nullptr) << target;
  }
  ASSERT_NE(find(steps, "/var/lib/sdcont"), nullptr);
  EXPECT_EQ(find(steps, "/var/lib/sdcont")->kind, MountKind::mask);
  EXPECT_EQ(find(steps, "/var/lib/sdcont/containers/1/layer"), nullptr);
}

TEST(HostViewTest, LayerIsHiddenWhereverItIs) {
  RootContext elsewhere = host_context();
  elsewhere.layer.directory = "/scratch/layer";
  EXPECT_NE(find(plan_host_view(elsewhere, 0), "/scratch/layer"), nullptr);
}

TEST(HostViewTest, LayerNames) {
  EXPECT_EQ(layer_name("/"), "0");
  EXPECT_EQ(layer_name("/home"), "mount-home");
  EXPECT_NE(layer_name("/a/b"), layer_name("/a-b"));
  const std::string deep = "/" + std::string(150, 'x') + "/" + std::string(150, 'y');
  EXPECT_LT(layer_name(deep + "1").size(), 255U);
  EXPECT_NE(layer_name(deep + "1"), layer_name(deep + "2"));
}

}  // namespace
}  // namespace sdcont
