#include "spec/credentials.h"

#include <gtest/gtest.h>

#include "error_of.h"

namespace sdcont {
namespace {

TEST(CredentialsTest, IdsAsSystemdHasThem) {
  for (const char* id : {"a", "db.password", "a b", "~", "-x", "..."})
    EXPECT_TRUE(is_credential_id(id)) << id;
  for (const std::string& id : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                std::string("a:b"), std::string("a\nb"), std::string("\xc3\xa9"),
                                std::string("a\0b", 3), std::string("\x7f"), std::string(256, 'x')}) {
    EXPECT_FALSE(is_credential_id(id)) << id;
  }
  EXPECT_TRUE(is_credential_id(std::string(255, 'x')));
}

TEST(CredentialsTest, ValuesHaveCEscapes) {
  const auto value = [](const std::string& text) { return parse_set_credential("id:" + text).second; };
  EXPECT_EQ(parse_set_credential("id:x").first, "id");
  EXPECT_EQ(value(""), "");
  EXPECT_EQ(value("a:b c"), "a:b c");
  EXPECT_EQ(value(R"(\a\b\f\n\r\t\v\s\\\"\')"), "\a\b\f\n\r\t\v \\\"'");
  EXPECT_EQ(value(R"(\x00\x4a\112\377)"), std::string("\0JJ\xff", 4));
  EXPECT_EQ(value(R"(\u00e9\u20ac\U0001F600)"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(CredentialsTest, FaultsDoNotShowTheValue) {
  for (const char* text : {R"(id:secret\)", R"(id:secret\q)", R"(id:secret\x4)", R"(id:secret\400)",
                           R"(id:secret\ud800)", R"(id:secret\U00110000)", "secret"}) {
    const std::string error = error_of([&] { parse_set_credential(text); });
    EXPECT_NE(error, "") << text;
    EXPECT_EQ(error.find("secret\\"), std::string::npos) << error;
    EXPECT_EQ(error.find("'secret"), std::string::npos) << error;
  }
  EXPECT_NE(error_of([] { parse_set_credential("a/b:x"); }).find("'a/b' is not the name"), std::string::npos);
}

TEST(CredentialsTest, SourcesArePathsOrNames) {
  EXPECT_EQ(parse_load_credential("a"), (Credential{"a", "a"}));
  EXPECT_EQ(parse_load_credential("a:b"), (Credential{"a", "b"}));
  EXPECT_EQ(parse_load_credential("a:/x:y"), (Credential{"a", "/x:y"}));
  EXPECT_TRUE(parse_load_credential("a:./x").source.ends_with("/./x"));
  EXPECT_TRUE(parse_load_credential("a:./x").source.starts_with("/"));
  for (const char* text : {"", ":", ":/x", "a:", "a:b/c"})
    EXPECT_NE(error_of([&] { parse_load_credential(text); }), "") << text;
}

}  // namespace
}  // namespace sdcont
