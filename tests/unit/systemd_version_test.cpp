#include "systemd/version.h"

#include <gtest/gtest.h>

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class Systemd final : public SystemdManager {
 public:
  int version() override {
    ++asked;
    return answer;
  }
  void start_scope(const ScopeRequest& /*request*/) override {}
  void stop_unit(const std::string& /*unit*/, std::chrono::milliseconds /*deadline*/) override {}
  void reset_failed(const std::string& /*unit*/) override {}
  void set_properties(const std::string& /*unit*/, const std::vector<Property>& /*properties*/,
                      Keep /*keep*/) override {}
  void reload() override {}
  std::string active_state(const std::string& /*unit*/) override { return "active"; }

  int answer = 252;
  int asked = 0;
};

class Version : public FakeTree {
 protected:
  int version() { return remembered_systemd_version(systemd_, at("run"), at("systemd")); }
  void SetUp() override { write("systemd", "252"); }

  Systemd systemd_;
};

TEST_F(Version, IsAskedForOncePerExecutable) {
  EXPECT_EQ(version(), 252);
  EXPECT_EQ(version(), 252);
  EXPECT_EQ(systemd_.asked, 1);
  systemd_.answer = 257;
  write("upgrade", "257");
  std::filesystem::rename(at("upgrade"), at("systemd"));
  EXPECT_EQ(version(), 257);
  EXPECT_EQ(version(), 257);
  EXPECT_EQ(systemd_.asked, 2);
}

TEST_F(Version, IsAskedForWhereWhatIsKeptMakesNoSense) {
  EXPECT_EQ(version(), 252);
  for (const char* kept : {"", "252", "1:2:3:4 252", "x y z"}) {
    write("run/systemd-version", kept);
    EXPECT_EQ(version(), 252);
  }
  EXPECT_EQ(systemd_.asked, 5);
}

TEST_F(Version, IsAskedForWhereNothingCanBeKept) {
  write("run", "a file");
  EXPECT_EQ(version(), 252);
  std::filesystem::remove(at("systemd"));
  EXPECT_EQ(version(), 252);
  EXPECT_EQ(systemd_.asked, 2);
}

TEST(SystemdVersion, IsTheFirstNumber) {
  EXPECT_EQ(parse_systemd_version("252.38-1~deb12u1"), 252);
  EXPECT_EQ(parse_systemd_version("v258-rc1"), 258);
  EXPECT_EQ(parse_systemd_version("257"), 257);
  EXPECT_EQ(parse_systemd_version("main"), 0);
  EXPECT_EQ(parse_systemd_version(""), 0);
}

}  // namespace
}  // namespace sdcont
