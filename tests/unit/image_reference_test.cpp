#include <gtest/gtest.h>

#include "image/reference.h"
#include "util/error.h"
#include "util/time.h"

namespace sdcont {
namespace {

TEST(ReferenceTest, DockersDefaultsAreAddedAndNotShown) {
  const Reference debian = parse_reference("debian");
  EXPECT_EQ(debian.domain, "docker.io");
  EXPECT_EQ(debian.path, "library/debian");
  EXPECT_EQ(debian.text(), "debian:latest");
  EXPECT_EQ(parse_reference("docker.io/library/debian:bookworm").text(), "debian:bookworm");
  EXPECT_EQ(parse_reference("team/app").text(), "team/app:latest");
  EXPECT_EQ(parse_reference("localhost/app").domain, "localhost");
  EXPECT_EQ(parse_reference("localhost:5000/a/b:1").repository(), "localhost:5000/a/b");
  EXPECT_EQ(parse_reference("[::1]:5000/a").domain, "[::1]:5000");
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(parse_reference("debian@" + digest).tag, "");
  EXPECT_EQ(canonical_name("debian:1@" + digest), "debian@" + digest);
}

TEST(ReferenceTest, WhatIsNoNameIsRefused) {
  for (const char* word : {"",       "Upper", "a b",      "/a",           "a/",     "a//b",  "../a",
                           "a/../b", ":tag",  "a:",       "a:-x",         "a@x",    "a..b",  "-a",
                           "a-",     "a___b", "host:0/a", "host:99999/a", "-x.y/a", "a:b:c", "a@sha256:1"}) {
    EXPECT_THROW(parse_reference(word), Error) << word;
    EXPECT_EQ(canonical_name(word), "") << word;
  }
  EXPECT_THROW(parse_reference(std::string(64, 'f')), Error);
  EXPECT_THROW(parse_reference(std::string(300, 'a')), Error);
  EXPECT_THROW(parse_reference("a:" + std::string(129, 'a')), Error);
}

TEST(ReferenceTest, DigestsAreSafeInPaths) {
  EXPECT_TRUE(is_digest("sha256:" + std::string(64, '0')));
  for (const char* word :
       {"", "sha256:", "sha256:../../x", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha512:00"}) {
    EXPECT_FALSE(is_digest(word)) << word;
    EXPECT_THROW(digest_hex(word, "it"), Error) << word;
  }
  EXPECT_FALSE(is_digest("sha256:" + std::string(64, 'A')));
}

TEST(TimeTest, TimesOfImagesAreRead) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:01Z"), 1'000'000'000U);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.5Z"), 1'500'000'000U);
  EXPECT_EQ(parse_time("1970-01-01T02:00:01.000000001+02:00"), 1'000'000'001U);
  EXPECT_EQ(parse_time("1969-12-31T23:00:01-01:00"), 1'000'000'000U);
  EXPECT_EQ(parse_time(format_time(1'700'000'000'123'456'789U)), 1'700'000'000'123'456'789U);
  for (const char* word : {"", "now", "1970-01-01", "1970-01-01T00:00:01", "1970-01-01T00:00:01+2",
                           "1970-01-01T00:00:01Zx", "0001-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_time(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace sdcont
