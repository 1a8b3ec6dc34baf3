#include "rootfs/etc_files.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

TEST(EtcFilesTest, Hosts) {
  const std::string text = hosts_file("box", {"10.0.0.1\tdb"}, "10.1.2.3");
  EXPECT_TRUE(text.starts_with("127.0.0.1\tlocalhost\n"));
  EXPECT_TRUE(text.ends_with("10.1.2.3\tbox\n10.0.0.1\tdb\n"));
  EXPECT_EQ(hosts_file("", {}).find("127.0.1.1"), std::string::npos);
}

TEST(EtcFilesTest, ResolvConfLosesLoopbackServersOnly) {
  EXPECT_EQ(
      resolv_conf("search example.org\nnameserver 127.0.0.1\nnameserver ::1\nnameserver 10.0.0.2\n# x\n"),
      "search example.org\nnameserver 10.0.0.2\n# x\n");
  EXPECT_EQ(resolv_conf(""), "");
}

class HostResolvConfTest : public RootDirectory {};

TEST_F(HostResolvConfTest, LooksBehindTheStub) {
  const std::string stub = "nameserver 127.0.0.53\noptions edns0\n";
  write(root() / "etc/resolv.conf", stub);
  EXPECT_EQ(host_resolv_conf(false, root()), "options edns0\n");
  write(root() / "run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\n");
  EXPECT_EQ(host_resolv_conf(false, root()), "nameserver 192.0.2.1\n");
  EXPECT_EQ(host_resolv_conf(true, root()), stub);
}

TEST_F(HostResolvConfTest, NoneAtAll) { EXPECT_EQ(host_resolv_conf(false, root()), ""); }

}  // namespace
}  // namespace sdcont
