#include <gtest/gtest.h>

#include "cli/option_file.h"

namespace sdcont {
namespace {

TEST(OptionFile, LinesWithTheirNumbers) {
  const auto lines =
      parse_option_lines("f", "# x\n\n memory = 128M \nread-only\nenv=A=b = c\ncommand = a \\\n; x\n  b\n");
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].place(), "f:3: ");
  EXPECT_EQ(lines[0].value, "128M");
  EXPECT_FALSE(lines[1].has_value);
  EXPECT_EQ(lines[2].value, "A=b = c");
  EXPECT_EQ(lines[3].value, "a b");
  EXPECT_EQ(lines[3].line, 6U);
}

TEST(OptionFile, WhatIsNoOption) {
  for (const char* text : {"Memory=1", "[Section]", "= x", "two words = 1", "--memory 5"})
    EXPECT_THROW(parse_option_lines("f", text), Error) << text;
}

TEST(OptionFile, Commands) {
  EXPECT_EQ(split_command(R"(sh -c 'echo "$A"; b' "c d" e\ f "")"),
            (std::vector<std::string>{"sh", "-c", "echo \"$A\"; b", "c d", "e f", ""}));
  EXPECT_THROW(split_command("'x"), Error);
}

TEST(OptionFile, AnErrorGetsTheLineOfItsOption) {
  const std::vector<OptionLine> lines = {
      {"f", 1, "env", "A=1", true}, {"f", 2, "cap-add", "chown", true}, {"f", 3, "cap-add", "x", true}};
  EXPECT_STREQ(with_place(Error("--cap-add: 'x' is not a capability"), lines).what(),
               "f:3: --cap-add: 'x' is not a capability");
  EXPECT_STREQ(with_place(Error("--env: bad"), lines).what(), "f:1: --env: bad");
  EXPECT_STREQ(with_place(Error("--env-file: bad"), lines).what(), "--env-file: bad");
}

}  // namespace
}  // namespace sdcont
