#include "cli/parser.h"

#include <gtest/gtest.h>

#include "error_of.h"

namespace sdcont {
namespace {

struct Parsed {
  Parser parser{"sdcont try", "[OPTIONS] [ARG...]", Options::first};
  bool terminal = false, interactive = false, remove = true;
  std::string memory, summary, pull = "missing";
  std::vector<std::string> env;
  uint64_t count = 0;
  double seconds = 1;
  int called = 0;
  Parser::Words taken;
  Parser::Result result;

  Parsed() {
    parser.flag("-t,--tty", terminal, "");
    parser.flag("-i,--interactive", interactive, "");
    parser.flag("--rm", remove, "");
    parser.option("-m,--memory", memory, "BYTES", "");
    parser.flag("--summary", summary, "text", "text|json", "");
    parser.choice("--pull", pull, {"missing", "never"}, "");
    parser.option("-e,--env", env, "NAME", "");
    parser.option("--count", count, "N", "");
    parser.option("--seconds", seconds, "N", "");
    parser.words("--limit", "N", "", false, [this](const Parser::Words& words) { taken = words; });
    parser.call("--oom-group", "", [this] { ++called; });
  }
  Parsed& of(const Parser::Words& words) {
    result = parser.parse(words);
    return *this;
  }
};

std::string complaint(const Parser::Words& words) {
  return error_of([&] { Parsed().of(words); });
}

TEST(Parser, TakesOptionsInEachOfTheirForms) {
  EXPECT_EQ(Parsed().of({"-m", "1G"}).memory, "1G");
  EXPECT_EQ(Parsed().of({"-m1G"}).memory, "1G");
  EXPECT_EQ(Parsed().of({"--memory", "1G"}).memory, "1G");
  EXPECT_EQ(Parsed().of({"--memory=1G"}).memory, "1G");
  const Parsed cluster = std::move(Parsed().of({"-itm", "1G", "x"}));
  EXPECT_TRUE(cluster.terminal && cluster.interactive);
  EXPECT_EQ(cluster.memory, "1G");
  EXPECT_EQ(cluster.result.rest, Parser::Words{"x"});
  EXPECT_EQ(Parsed().of({"--count=3"}).count, 3U);
  EXPECT_EQ(Parsed().of({"--seconds", "0.5"}).seconds, 0.5);
}

TEST(Parser, OfSeveralTheLastCountsButForLists) {
  EXPECT_EQ(Parsed().of({"-m", "1G", "--memory", "2G"}).memory, "2G");
  EXPECT_EQ(Parsed().of({"--limit", "1", "--limit=2"}).taken, Parser::Words{"2"});
  EXPECT_EQ(Parsed().of({"-e", "A", "--env=B=", "-eC"}).env, (Parser::Words{"A", "B=", "C"}));
}

TEST(Parser, SwitchesMayBeSwitchedOff) {
  EXPECT_TRUE(Parsed().of({"-t"}).terminal);
  EXPECT_TRUE(Parsed().of({"-t", "-t"}).terminal);
  EXPECT_FALSE(Parsed().of({"--rm=false"}).remove);
  EXPECT_TRUE(Parsed().of({"--rm=false", "--rm"}).remove);
  EXPECT_EQ(Parsed().of({"--oom-group"}).called, 1);
  EXPECT_EQ(Parsed().of({"--oom-group=false"}).called, 0);
  EXPECT_EQ(Parsed().of({"--summary"}).summary, "text");
  EXPECT_EQ(Parsed().of({"--summary=json"}).summary, "json");
  EXPECT_EQ(Parsed().of({"--summary", "json"}).result.rest, Parser::Words{"json"});
}

TEST(Parser, WhatFollowsTheFirstArgumentIsNotItsOwn) {
  const Parsed parsed = std::move(Parsed().of({"-t", "image", "-i", "--memory", "1G", "--nonsense"}));
  EXPECT_TRUE(parsed.terminal);
  EXPECT_FALSE(parsed.interactive);
  EXPECT_EQ(parsed.memory, "");
  EXPECT_EQ(parsed.result.rest, (Parser::Words{"image", "-i", "--memory", "1G", "--nonsense"}));
  EXPECT_EQ(Parsed().of({"--", "-t"}).result.rest, Parser::Words{"-t"});
}

TEST(Parser, TellsWhatWasGiven) {
  const Parsed parsed = std::move(Parsed().of({"-m1G", "image", "-t"}));
  EXPECT_TRUE(parsed.parser.is_given("--memory"));
  EXPECT_FALSE(parsed.parser.is_given("--tty"));
  EXPECT_TRUE(parsed.parser.find("--summary")->is_switch);
  EXPECT_EQ(parsed.parser.find("--nonsense"), nullptr);
}

TEST(Parser, ErrorsNameTheOptionAndANearMiss) {
  EXPECT_EQ(complaint({"--memroy", "1"}),
            "'--memroy' is not an option of sdcont try; did you mean --memory?");
  EXPECT_EQ(complaint({"-x"}), "'-x' is not an option of sdcont try; see sdcont try --help");
  EXPECT_EQ(complaint({"--memory"}), "--memory: its value is missing; see sdcont try --help");
  EXPECT_EQ(complaint({"--memory="}), "--memory: the value is empty; see sdcont try --help");
  EXPECT_EQ(complaint({"--pull", "often"}),
            "--pull: 'often' is not available; it can be missing or never; see sdcont try --help");
  EXPECT_EQ(complaint({"--memory=", "image"}), "--memory: the value is empty; see sdcont try --help");
  EXPECT_EQ(complaint({"-m", "", "image"}), "--memory: the value is empty; see sdcont try --help");
  EXPECT_EQ(complaint({"--count", "-1"}), "--count: '-1' is not a number; see sdcont try --help");
  EXPECT_EQ(complaint({"--seconds", "1s"}), "--seconds: '1s' is not a number; see sdcont try --help");
  EXPECT_EQ(complaint({"--rm=maybe"}), "--rm: 'maybe' is neither true nor false; see sdcont try --help");
}

}  // namespace
}  // namespace sdcont
