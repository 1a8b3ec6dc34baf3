#include "spec/words.h"

#include <gtest/gtest.h>

#include "rootfs/volume.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

using Options = std::vector<std::string>;

TEST(WordsTest, VolumesHaveDockersDefaults) {
  const Mount mount = parse_volume("/a:/b");
  EXPECT_EQ(mount.destination, "/b");
  EXPECT_EQ(mount.options, (Options{"rbind", "rprivate"}));
  EXPECT_TRUE(mount.make_source);
  EXPECT_EQ(parse_volume("/a:/b/:ro,z").options, (Options{"rbind", "ro", "rprivate"}));
  EXPECT_EQ(parse_volume("/a:/b:rslave").options, (Options{"rbind", "rslave"}));
  EXPECT_EQ(parse_volume("/a:/b:bind,private").options, (Options{"bind", "private"}));
}

TEST(WordsTest, NamedAndAnonymousVolumes) {
  const Mount named = parse_volume("data:/b:ro");
  EXPECT_EQ(named.type + " " + named.source + " " + named.destination, "volume data /b");
  EXPECT_EQ(named.options, (Options{"rbind", "ro", "rprivate"}));
  EXPECT_TRUE(named.fill && !named.anonymous && !named.make_source);
  EXPECT_FALSE(parse_volume("data:/b:nocopy").fill);
  const Mount anonymous = parse_volume("/b");
  EXPECT_EQ(anonymous.type + " " + anonymous.source + " " + anonymous.destination, "volume  /b");
  EXPECT_TRUE(anonymous.anonymous && anonymous.fill);
  EXPECT_EQ(parse_mount("type=volume,src=data,dst=/b").source, "data");
  EXPECT_EQ(parse_mount("target=/b").type, "volume");
  EXPECT_FALSE(parse_mount("src=data,target=/b,volume-nocopy").fill);
}

TEST(WordsTest, VolumesThatAreRefused) {
  for (const char* text : {"", "a", "/", ":/b", "/a:", "/a:b", "/a:/", "/a:/x/../y", "a/b:/c", "a b:/c",
                           "a:b", "/a:/b:rshared", "/a:/b:U", "/a:/b:loop", "/a:/b:ro:rw"}) {
    EXPECT_EQ(error_of([&] { parse_volume(text); }).find("--volume: "), 0U) << text;
  }
}

// Two rooms know mount(8)'s words: what one lets through the other must understand.
TEST(WordsTest, WhatIsTakenCanBePlanned) {
  for (const char* word : {"ro",          "readonly",   "rro",         "rw",   "nosuid",  "suid",
                           "nodev",       "dev",        "noexec",      "exec", "noatime", "relatime",
                           "strictatime", "nodiratime", "nosymfollow", "bind", "rbind",   "private",
                           "rprivate",    "slave",      "rslave",      "z",    "Z"}) {
    EXPECT_NO_THROW(plan_volume(parse_volume(std::string("/a:/b:") + word))) << word;
  }
  for (const char* word : {"ro", "suid", "dev", "exec", "noatime", "strictatime", "size=1m", "mode=700",
                           "nr_inodes=10k", "uid=1", "gid=1"}) {
    EXPECT_NO_THROW(plan_volume(parse_tmpfs(std::string("/x:") + word))) << word;
  }
}

TEST(WordsTest, MountsNameWhatTheyLack) {
  EXPECT_EQ(parse_mount("type=bind,src=/,dst=/x,readonly").options, (Options{"rbind", "ro", "rprivate"}));
  EXPECT_EQ(parse_mount("type=tmpfs,target=/x,tmpfs-size=64m").options, Options{"size=64m"});
  const auto refusal = [](const char* text) { return error_of([&] { parse_mount(text); }); };
  EXPECT_NE(refusal("type=bind,source=/tmp").find("has no target"), std::string::npos);
  EXPECT_NE(refusal("type=bind,target=/x").find("has no source"), std::string::npos);
  EXPECT_NE(refusal("type=bind,source=/no/such,target=/x").find("does not exist"), std::string::npos);
  EXPECT_NE(refusal("type=foo,target=/x").find("not a type"), std::string::npos);
  EXPECT_NE(refusal("size=3").find("not a key"), std::string::npos);
  EXPECT_NE(refusal("type=bind,source=/,target=/x,readonly=perhaps").find("neither true nor false"),
            std::string::npos);
}

TEST(WordsTest, TmpfsOptionsAreNotGuessedFromTooLittle) {
  EXPECT_EQ(parse_tmpfs("/x:exec,size=1m").options, (Options{"nosuid", "nodev", "exec", "size=1m"}));
  EXPECT_EQ(error_of([] { parse_tmpfs("/x:foo"); }), "--tmpfs: 'foo' is not an option of a mount");
  EXPECT_NE(error_of([] { parse_tmpfs("/x:noexek"); }).find("did you mean 'noexec'?"), std::string::npos);
}

TEST(WordsTest, ExtraHostsAreAddresses) {
  EXPECT_EQ(parse_extra_host("db:10.0.0.7"), "10.0.0.7\tdb");
  EXPECT_EQ(parse_extra_host("db:2001:db8::1"), "2001:db8::1\tdb");
  EXPECT_EQ(parse_extra_host("db:[2001:db8::1]"), "2001:db8::1\tdb");
  for (const char* text : {"db", "db:", ":10.0.0.7", "db:ten", "db:10.0.0.7.8", "d b:10.0.0.7",
                           "db:[10.0.0.7", "db:10.0.0.7#", "db:host-gateway"}) {
    EXPECT_EQ(error_of([&] { parse_extra_host(text); }).find("--add-host: "), 0U) << text;
  }
}

TEST(WordsTest, SysctlsOfTheContainersNamespaces) {
  std::map<std::string, std::string> sysctl;
  parse_sysctl("net.ipv4.ip_forward=1", {}, sysctl);
  parse_sysctl("kernel.shmmax=1", {}, sysctl);
  EXPECT_EQ(sysctl.size(), 2U);
  for (const char* text :
       {"net.ipv4.ip_forward", "kernel.panic=1", "vm.swappiness=1", "net/../kernel/panic=1"}) {
    EXPECT_NE(error_of([&] { parse_sysctl(text, {}, sysctl); }), "") << text;
  }
  EXPECT_NE(error_of([&] { parse_sysctl("net.core.somaxconn=1", {.host_network = true}, sysctl); }), "");
}

class EnvFileTest : public RootDirectory {};

TEST_F(EnvFileTest, LinesAndTheirFaults) {
  const std::string file = (top() / "env").string();
  const auto read = [&](const std::string& text) {
    write(file, text);
    std::vector<std::string> env;
    read_env_file(file, env);
    return env;
  };
  EXPECT_EQ(read("A=1\n# no\n\n  B=x y\nSURELY_NOT_SET_ANYWHERE\n"), (Options{"A=1", "B=x y"}));
  EXPECT_NE(error_of([&] { read("A=1\n=2\n"); }).find("--env-file: line 2"), std::string::npos);
  std::vector<std::string> env;
  EXPECT_EQ(error_of([&] { read_env_file("/no/such", env); }),
            "--env-file: cannot open /no/such: No such file or directory");
}

}  // namespace
}  // namespace sdcont
