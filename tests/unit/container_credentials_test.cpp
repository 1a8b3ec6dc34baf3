#include "container/credentials.h"

#include <cstdlib>

#include "rootfs_fixture.h"

namespace sdcont {
namespace {

class GatherTest : public RootDirectory {
 protected:
  GatherTest() { setenv("CREDENTIALS_DIRECTORY", (top() / "own").c_str(), 1); }
  ~GatherTest() override { unsetenv("CREDENTIALS_DIRECTORY"); }

  [[nodiscard]] static CredentialValues gather(const std::vector<Credential>& credentials,
                                               const CredentialValues& given = {}) {
    ContainerSpec spec;
    spec.credentials = credentials;
    return gather_credentials(spec, given);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (top() / name).string(); }
};

TEST_F(GatherTest, FilesDirectoriesAndNames) {
  write(top() / "file", "one");
  write(top() / "dir" / "b", "two");
  write(top() / "dir" / "sub" / "c", "three");
  write(top() / "own" / "handed", "four");
  const CredentialValues values =
      gather({{"g", ""}, {"f", path("file")}, {"d_b", path("file")}, {"d", path("dir")}, {"h", "handed"}},
             {{"g", "given"}});
  EXPECT_EQ(values, (CredentialValues{{"g", "given"},
                                      {"f", "one"},
                                      {"d_b", "one"},  // before what the directory has by that name
                                      {"d_sub_c", "three"},
                                      {"h", "four"}}));
}

TEST_F(GatherTest, WhatIsMissing) {
  EXPECT_NE(error_of([&] {
              static_cast<void>(gather({{"a", path("none")}}));
            }).find("--load-credential a: "),
            std::string::npos);
  const std::string error = error_of([&] { static_cast<void>(gather({{"a", "none"}})); });
  EXPECT_NE(error.find("there is no 'none' in " + path("own") + ", /etc/credstore"), std::string::npos)
      << error;
  write(top() / "dir" / "a:b", "x");
  EXPECT_NE(error_of([&] {
              static_cast<void>(gather({{"d", path("dir")}}));
            }).find("no name of one"),
            std::string::npos);
}

TEST_F(GatherTest, OneMebibyteInAll) {
  const std::string half(kMostCredentialBytes / 2, 'x');
  EXPECT_EQ(gather({}, {{"a", half.substr(1)}, {"b", half.substr(1)}}).size(), 2U);
  EXPECT_NE(error_of([&] {
              static_cast<void>(gather({}, {{"a", half}, {"b", half}}));
            }).find("1 MiB"),
            std::string::npos);
  write(top() / "large", half + half + "x");
  EXPECT_NE(error_of([&] {
              static_cast<void>(gather({{"l", path("large")}}));
            }).find("1 MiB"),
            std::string::npos);
}

}  // namespace
}  // namespace sdcont
