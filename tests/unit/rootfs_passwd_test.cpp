#include <sys/sysmacros.h>

#include "rootfs/passwd.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

namespace fs = std::filesystem;

class PasswdTest : public RootDirectory {
 protected:
  void make_databases() {
    write(root() / "etc/passwd",
          "root:x:0:0:root:/root:/bin/sh\n"
          "# comment\n"
          "web:x:33:34::/var/www:/bin/sh\n"
          "1234:x:0:0::/evil:/bin/sh\n"
          "huge:x:4294967296:0::/:/bin/sh\n"
          "bad:x:abc:0::/:/bin/sh\n"
          "bare:x:50:51\n");
    write(root() / "etc/group",
          "root:x:0:\nwww:x:34:\nmedia:x:40:web,other\nadm:x:4:web\nweb2:x:41:web2\ndouble:x:40:web\n");
  }
  UserIds look_up(const std::string& user) { return look_up_user(root_fd(), user); }
  std::string refusal(const std::string& user) {
    return error_of([&] { look_up(user); });
  }
};

TEST_F(PasswdTest, NamesNumbersAndGroups) {
  make_databases();
  const UserIds web = look_up("web");
  EXPECT_EQ(web.uid, 33U);
  EXPECT_EQ(web.gid, 34U);
  EXPECT_EQ(web.groups, (std::vector<gid_t>{4, 34, 40}));
  EXPECT_EQ(web.home, "/var/www");
  EXPECT_EQ(look_up("33").gid, 34U);
  EXPECT_EQ(look_up("33").groups, web.groups);
  EXPECT_EQ(look_up("web:media").gid, 40U);
  EXPECT_EQ(look_up("web:media").groups, (std::vector<gid_t>{40}));
  EXPECT_EQ(look_up("web:77").gid, 77U);
  EXPECT_EQ(look_up("bare").home, "/");
  EXPECT_EQ(look_up("").home, "/root");
}

TEST_F(PasswdTest, UnknownNumbersHaveGroupZeroAlone) {
  make_databases();
  const UserIds ids = look_up("777");
  EXPECT_EQ(ids.uid, 777U);
  EXPECT_EQ(ids.gid, 0U);
  EXPECT_EQ(ids.groups, (std::vector<gid_t>{0}));
  EXPECT_EQ(ids.home, "/");
}

TEST_F(PasswdTest, DigitsAreNeverAName) {
  make_databases();
  EXPECT_EQ(look_up("1234").uid, 1234U);
  EXPECT_EQ(look_up("1234").home, "/");
}

TEST_F(PasswdTest, NoDatabases) {
  EXPECT_EQ(look_up("").home, "/");
  fs::create_directory(root() / "root");
  EXPECT_EQ(look_up("root").home, "/root");
  EXPECT_EQ(look_up("5:6").gid, 6U);
  EXPECT_NE(refusal("web"), "");
  EXPECT_NE(refusal("0:web"), "");
}

TEST_F(PasswdTest, RefusedSpellings) {
  make_databases();
  for (const char* user : {"4294967296", "4294967295",  "2147483648",
                           "-1",         "+1",          " 0",
                           "0 ",         "root:",       ":0",
                           ":",          "root::0",     "a:b:c",
                           "roo\nt",     "web:-1",      "web:4294967295",
                           "nobody",     "web:nogroup", "ro*t",
                           "huge",       "bad",         "18446744073709551616"}) {
    EXPECT_NE(refusal(user), "") << user;
  }
  EXPECT_EQ(look_up("2147483647").uid, 2147483647U);
}

TEST_F(PasswdTest, HostileFiles) {
  fs::create_directory(root() / "etc");
  const fs::path passwd = root() / "etc/passwd";
  fs::create_symlink(decoy() / "secret", passwd);
  EXPECT_NE(refusal("0"), "");
  fs::remove(passwd);
  fs::create_symlink("other", passwd);
  write(root() / "etc/other", "root:x:0:0::/:\n");
  EXPECT_NE(refusal("0"), "");
  fs::remove(passwd);
  ASSERT_EQ(mkfifo(passwd.c_str(), 0600), 0);
  EXPECT_NE(refusal("0").find("not a regular file"), std::string::npos);
  fs::remove(passwd);
  fs::create_directory(passwd);
  EXPECT_NE(refusal("0").find("not a regular file"), std::string::npos);
  fs::remove(passwd);
  write(passwd, "");
  fs::resize_file(passwd, uint64_t{3} << 30);
  EXPECT_NE(refusal("0"), "");
  fs::remove(passwd);
  if (mknod(passwd.c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0) {
    EXPECT_NE(refusal("0").find("not a regular file"), std::string::npos);
  }
}

}  // namespace
}  // namespace sdcont
