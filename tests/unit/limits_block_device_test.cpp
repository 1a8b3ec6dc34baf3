#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "limits/block_device.h"
#include "util/error.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

/// A /sys and a /proc of a machine with sda (two partitions), LUKS on sda2, a volume over two disks, and a
/// loop device.
class ResolveDisk : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "limits-disks-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    add("8:0", "pci0/sda", "sda");
    add("8:1", "pci0/sda/sda1", "sda1", true);
    add("8:2", "pci0/sda/sda2", "sda2", true);
    add("8:16", "pci0/sdb", "sdb");
    add("7:0", "virtual/block/loop0", "loop0");
    add("253:0", "virtual/block/dm-0", "dm-0");
    slave("virtual/block/dm-0", "pci0/sda/sda2", "sda2");
    add("253:1", "virtual/block/dm-1", "dm-1");
    slave("virtual/block/dm-1", "pci0/sda", "sda");
    slave("virtual/block/dm-1", "pci0/sdb", "sdb");
    add("253:2", "virtual/block/dm-2", "dm-2");
    slave("virtual/block/dm-2", "virtual/block/dm-0", "dm-0");
    add("104:0", "pci1/cciss!c0d0", "cciss/c0d0");
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(top_ + "/" + path).parent_path());
    std::ofstream(top_ + "/" + path) << text;
  }
  void add(const std::string& number, const std::string& path, const std::string& name,
           bool partition = false) const {
    write("sys/devices/" + path + "/dev", number + "\n");
    write("sys/devices/" + path + "/uevent", "MAJOR=x\nDEVNAME=" + name + "\nDEVTYPE=disk\n");
    if (partition) write("sys/devices/" + path + "/partition", "1\n");
    fs::create_directories(top_ + "/sys/dev/block");
    fs::create_directory_symlink("../../devices/" + path, top_ + "/sys/dev/block/" + number);
  }
  void slave(const std::string& path, const std::string& of, const std::string& name) const {
    fs::create_directories(top_ + "/sys/devices/" + path + "/slaves");
    fs::create_directory_symlink(top_ + "/sys/devices/" + of,
                                 top_ + "/sys/devices/" + path + "/slaves/" + name);
  }
  [[nodiscard]] DeviceValue resolve(const std::string& path) const {
    return resolve_disk(path, top_ + "/sys", top_ + "/proc");
  }
  [[nodiscard]] std::string complaint(const std::string& path) const {
    try {
      const DeviceValue disk = resolve(path);
      return disk.no_disk.empty() ? "found " + disk.path : disk.no_disk;
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::string top_;
};

TEST_F(ResolveDisk, NodesByNumber) {
  EXPECT_EQ(resolve("/dev/block/8:0"), (DeviceValue{"/dev/sda", 8, 0, 0}));
  EXPECT_EQ(resolve("/dev/block/8:1"), (DeviceValue{"/dev/sda", 8, 0, 0})) << "a partition is its disk";
  EXPECT_EQ(resolve("/dev/block/7:0"), (DeviceValue{"/dev/loop0", 7, 0, 0}))
      << "a loop device is a whole disk";
  EXPECT_EQ(resolve("/dev/block/253:0"), (DeviceValue{"/dev/sda", 8, 0, 0})) << "LUKS on a partition";
  EXPECT_EQ(resolve("/dev/block/253:2"), (DeviceValue{"/dev/sda", 8, 0, 0}))
      << "a volume on LUKS on a partition";
  EXPECT_EQ(resolve("/dev/block/253:1"), (DeviceValue{"/dev/dm-1", 253, 1, 0})) << "a volume over two disks";
  EXPECT_EQ(resolve("/dev/block/104:0"), (DeviceValue{"/dev/cciss/c0d0", 104, 0, 0}))
      << "a name with a slash";
  EXPECT_NE(complaint("/dev/block/9:9").find("there is no block device 9:9"), std::string::npos);
}

TEST_F(ResolveDisk, WhatIsNoDisk) {
  EXPECT_NE(complaint("/dev/null").find("character device"), std::string::npos) << complaint("/dev/null");
  EXPECT_NE(complaint("/no/such/disk").find("No such file"), std::string::npos);
}

TEST_F(ResolveDisk, FileOnADisk) {
  struct stat st {};
  ASSERT_EQ(stat(top_.c_str(), &st), 0);
  if (major(st.st_dev) == 0) GTEST_SKIP() << "the temporary directory has no disk here";
  const std::string number = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  if (!fs::exists(top_ + "/sys/dev/block/" + number)) add(number, "pci9/vdz", "vdz");
  EXPECT_EQ(resolve(top_).major, major(st.st_dev));
  EXPECT_EQ(resolve(top_).minor, minor(st.st_dev));
}

TEST_F(ResolveDisk, WhereThereIsNoneThePathIsKept) {
  write("proc/self/mountinfo", "1 0 0:9999 / / rw - overlay overlay rw\n");
  EXPECT_EQ(resolve("/proc"),
            (DeviceValue{"/proc", 0, 0, 0, "it is on overlay, which has no disk of its own"}));
}

TEST_F(ResolveDisk, FileSystemsWithoutOneDisk) {
  // /proc always has a number that is no disk's; what the fake mountinfo calls it decides.
  struct stat st {};
  ASSERT_EQ(stat("/proc", &st), 0);
  const std::string number = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  const auto mounted = [&](const std::string& type_and_source) {
    write("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 " + number +
                                     " / /proc rw,relatime shared:5 - " + type_and_source + " rw\n");
  };
  mounted("overlay overlay");
  EXPECT_NE(complaint("/proc").find("it is on overlay, which has no disk"), std::string::npos)
      << complaint("/proc");
  mounted("nfs4 server:/export");
  EXPECT_NE(complaint("/proc").find("it is on nfs4"), std::string::npos);

  mounted("btrfs /dev/sdb");
  EXPECT_NE(complaint("/proc").find("cannot be found"), std::string::npos);
  write("sys/fs/btrfs/features/x", "");
  write("sys/fs/btrfs/1234/devices/sdb/dev", "8:16\n");
  EXPECT_EQ(resolve("/proc"), (DeviceValue{"/dev/sdb", 8, 16, 0}));
  write("sys/fs/btrfs/1234/devices/sda/dev", "8:0\n");
  EXPECT_NE(complaint("/proc").find("several disks"), std::string::npos);
}

TEST_F(ResolveDisk, BtrfsSubvolumeByItsMountPoint) {
  write("proc/self/mountinfo",
        "1 0 0:9999 / / rw - btrfs /dev/sdb rw\n2 1 0:9998 / /procession rw - tmpfs tmpfs rw\n");
  write("sys/fs/btrfs/1234/devices/sdb/dev", "8:16\n");
  EXPECT_EQ(resolve("/proc"), (DeviceValue{"/dev/sdb", 8, 16, 0}));
}

}  // namespace
}  // namespace sdcont
