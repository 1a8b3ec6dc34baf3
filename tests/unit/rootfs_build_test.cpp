#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "rootfs/build.h"
#include "rootfs/mount_points.h"
#include "rootfs/workdir.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

/// Builds real roots, in a child with namespaces of its own.
class BuildTest : public RootDirectory {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    write(root() / "lower", "lower");
    spec_.root = {Root::Kind::directory, root(), false};
    spec_.hostname = "box";
    spec_.masked_paths = default_masked_paths();
    spec_.readonly_paths = default_readonly_paths();
    context_.layer = {top() / "layer", true};
    context_.resolv_conf = "nameserver 192.0.2.1\n";
    before_ = read_file("/proc/self/mountinfo");
  }
  void TearDown() override {
    if (!before_.empty()) {
      EXPECT_EQ(read_file("/proc/self/mountinfo"), before_) << "the host's mounts changed";
    }
    EXPECT_TRUE(decoy_untouched());
  }

  /// What `inside` returns once it is in the container's root, or "error: …".
  std::string in_root(const std::function<std::string()>& inside) {
    // A throw-away layer is for one mount only.
    fs::remove_all(top() / "layer");
    fs::create_directory(top() / "layer");
    int channel[2];
    EXPECT_EQ(pipe2(channel, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      // A pid namespace begins with the next child.
      if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) _exit(1);
      if (const pid_t init = fork(); init != 0) _exit(waitpid(init, nullptr, 0) == init ? 0 : 1);
      std::string answer;
      try {
        build_root(plan_mounts(spec_, context_));
        answer = inside();
      } catch (const Error& error) {
        answer = std::string("error: ") + error.what();
      }
      write_all(channel[1], answer);
      _exit(0);
    }
    close(channel[1]);
    const Fd reader(channel[0]);
    std::string answer = read_fd(reader.get(), "the channel");
    waitpid(child, nullptr, 0);
    return answer;
  }

  ContainerSpec spec_;
  RootContext context_;

 private:
  std::string before_;
};

TEST_F(BuildTest, NothingOfTheHostIsLeft) {
  const std::string mounts = in_root([] { return read_file("/proc/self/mountinfo"); });
  for (const MountInfo& mount : parse_mountinfo(mounts)) {
    EXPECT_TRUE(mount.type != "ext4" && mount.type != "devtmpfs" && mount.type != "cgroup")
        << mount.mount_point;
  }
  EXPECT_EQ(mounts.find("shared:"), std::string::npos);
  EXPECT_EQ(in_root([this] { return exists(decoy().string()) ? "there" : "gone"; }), "gone");
}

TEST_F(BuildTest, CgroupsAreMountedAnewWhereNoneIsGiven) {
  const auto host = read_mountinfo();
  const bool v1 = std::any_of(host.begin(), host.end(), [](const MountInfo& mount) {
    return mount.type == "cgroup" && mount.mount_point == "/sys/fs/cgroup/freezer";
  });
  context_.unified = !v1;
  if (v1) context_.v1_hierarchies = {{"freezer"}};
  EXPECT_EQ(in_root([&] {
              if (unshare(CLONE_NEWCGROUP) != 0) return std::string("no namespace");
              mount_cgroups(plan_mounts(spec_, context_), {});
              return read_mountinfo().back().type + (exists("/proc/self/cgroup") ? "" : " without /proc");
            }),
            v1 ? "cgroup" : "cgroup2");
}

TEST_F(BuildTest, WhatLiesUnderTheImageIsMade) {
  fs::remove_all(root() / "etc");
  context_.mount_points = top() / "mount-points";
  const mode_t before = umask(077);
  EXPECT_EQ(in_root([] { return read_file("/etc/resolv.conf"); }), "nameserver 192.0.2.1\n");
  umask(before);
  EXPECT_EQ(fs::status(fs::path(context_.mount_points) / "etc").permissions(), fs::perms{0755});
  EXPECT_TRUE(fs::is_empty(top() / "layer/0/upper"));
}

TEST_F(BuildTest, NoOverlayIsLaidUnderAnother) {
  EXPECT_EQ(in_root([] {
              return mount_points_in({"/"}) + mount_points_in({"/", "/dev"});
            }),
            "/dev/mount-points");
}

TEST_F(BuildTest, WritesGoToTheLayer) {
  EXPECT_EQ(in_root([] {
              write_all(open_file("/lower", O_WRONLY | O_TRUNC).get(), "changed");
              write_all(open_file("/etc/hosts", O_WRONLY | O_TRUNC).get(), "mine");
              return read_file("/lower") + read_file("/etc/hosts") + read_file("/etc/resolv.conf");
            }),
            "changedminenameserver 192.0.2.1\n");
  EXPECT_EQ(read_file(root() / "lower"), "lower");
  EXPECT_EQ(read_file(top() / "layer/0/upper/lower"), "changed");
  EXPECT_EQ(read_file(top() / "layer/0/upper/etc/hosts"), "");
}

TEST_F(BuildTest, DevicesAndMasks) {
  EXPECT_EQ(in_root([] {
              struct stat st {};
              if (stat("/dev/null", &st) != 0 || st.st_rdev != makedev(1, 3)) return std::string("no null");
              if (stat("/proc/timer_list", &st) == 0 && st.st_rdev != makedev(1, 3)) {
                return std::string("unmasked");
              }
              const Fd sysctl(open("/proc/sys/kernel/domainname", O_WRONLY | O_CLOEXEC));
              return std::string(sysctl ? "writable" : strerror(errno));
            }),
            "Read-only file system");
}

TEST_F(BuildTest, LinksInTheRootDoNotLeadOut) {
  link("dev/null", decoy() / "secret");
  link("dev/console", decoy() / "secret");
  link("etc/hosts", decoy() / "secret");
  link("etc/resolv.conf", "../run/stub/resolv.conf");
  EXPECT_EQ(in_root([] {
              write_all(open_file("/dev/null", O_WRONLY).get(), "x");
              return read_file("/run/stub/resolv.conf");
            }),
            "nameserver 192.0.2.1\n");
}

TEST_F(BuildTest, LinksForKernelDirectoriesAreRefused) {
  for (const char* name : {"dev", "proc", "sys"}) {
    link(name, decoy());
    EXPECT_NE(in_root([] { return ""; }).find("symbolic link"), std::string::npos) << name;
    fs::remove(root() / name);
  }
  EXPECT_EQ(in_root([] { return "fine"; }), "fine");
}

TEST_F(BuildTest, VolumesDoNotReachProcThroughALink) {
  link("innocent", "proc");
  fs::create_directory(top() / "volume");
  spec_.mounts = {{"/innocent/sys", "bind", top() / "volume", {}}};
  EXPECT_NE(in_root([] { return ""; }).find("leads into /proc"), std::string::npos);
  spec_.mounts = {{"/innocent2/sys", "bind", top() / "volume", {}}};
  EXPECT_EQ(in_root([] { return "fine"; }), "fine");
}

TEST_F(BuildTest, Volumes) {
  write(top() / "volume/file", "volume");
  spec_.mounts = {{"/deep/down", "bind", top() / "volume", {"ro"}},
                  {"/single", "bind", top() / "volume/file", {}},
                  {"/tmp", "tmpfs", "", {"size=1m", "mode=700"}}};
  EXPECT_EQ(in_root([] {
              const Fd file(open("/deep/down/file", O_WRONLY | O_CLOEXEC));
              struct stat st {};
              stat("/tmp", &st);
              return read_file("/deep/down/file") + (file ? "!" : ",") + read_file("/single") +
                     ((st.st_mode & 07777) == 0700 ? "" : "!");
            }),
            "volume,volume");
  spec_.mounts = {{"/lower", "bind", top() / "volume", {}}};
  EXPECT_NE(in_root([] { return ""; }).find("error:"), std::string::npos);
  spec_.mounts = {{"/x", "bind", top() / "missing", {}}};
  EXPECT_NE(in_root([] { return ""; }).find("must exist"), std::string::npos);
}

TEST_F(BuildTest, ReadOnlyRoot) {
  spec_.root.readonly = true;
  spec_.process.cwd = "/made/here";
  spec_.mounts = {{"/scratch", "tmpfs", "", {}}};
  EXPECT_EQ(in_root([&] {
              enter_working_directory(spec_.process.cwd);
              const auto writes = [](const char* path) {
                return bool(Fd(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
              };
              std::string answer = writes("/x") || writes("x") || writes("/etc/hosts") ? "root " : "";
              return answer + (writes("/scratch/x") && writes("/dev/x") ? "fine" : "scratch");
            }),
            "fine");
}

TEST_F(BuildTest, WorkingDirectory) {
  EXPECT_EQ(in_root([] {
              enter_working_directory("/made/../made/here");
              return fs::current_path().string();
            }),
            "/made/here");
  EXPECT_NE(in_root([] {
              const Fd outside = open_file("/", O_RDONLY | O_DIRECTORY);
              enter_working_directory("/proc/self/fd/" + std::to_string(outside.get()));
              return "entered";
            }).find("error:"),
            std::string::npos);
  EXPECT_NE(error_of([] { enter_working_directory("relative"); }), "");
}

TEST_F(BuildTest, HostRoot) {
  spec_.root = {Root::Kind::host, "/", false};
  context_.host_mounts = read_mountinfo();
  context_.hidden = {decoy()};
  const std::string made = "/sdcont-rootfs-test-" + std::to_string(getpid());
  EXPECT_EQ(in_root([&] {
              write_all(open_file(made, O_CREAT | O_WRONLY, 0600).get(), "x");
              return std::string(exists("/etc/passwd") ? "host" : "empty") +
                     (exists(decoy() / "secret") ? "!" : "");
            }),
            "host");
  EXPECT_FALSE(exists(made));
  EXPECT_TRUE(exists((top() / "layer/0/upper").string() + made));
}

/// Layers that have each a file of their own, and all the file "same".
class LayersTest : public BuildTest {
 protected:
  std::string in_image(int count, const std::function<std::string()>& inside) {
    spec_.root = {Root::Kind::image, "", false};
    for (int i = count; i > 0; --i) {
      const fs::path layer = top() / ("layer:" + std::to_string(i));
      write(layer / ("file" + std::to_string(i)), std::to_string(i));
      write(layer / "same", std::to_string(i));
      spec_.root.layers.push_back(layer);
    }
    return in_root(inside);
  }
  static std::string files() {
    const auto names = list_directory("/");
    return std::to_string(std::count_if(names.begin(), names.end(),
                                        [](const std::string& name) { return name.starts_with("file"); }));
  }
};

TEST_F(LayersTest, TheTopmostLayerWins) {
  EXPECT_EQ(in_image(3, [] { return files() + read_file("/same") + read_file("/file1"); }), "331");
}

TEST_F(LayersTest, AsManyAsTheKernelTakes) {
  EXPECT_EQ(in_image(127, [] { return files() + " " + read_file("/same"); }), "127 127");
  EXPECT_EQ(in_image(500, [] { return files() + " " + read_file("/same"); }), "500 500");
  EXPECT_EQ(
      in_image(501, files),
      "error: the image has 501 layers: overlayfs takes 500 at most; make an image of fewer layers of it: "
      "sdcont export and sdcont import");
}

}  // namespace
}  // namespace sdcont
