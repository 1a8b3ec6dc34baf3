#include "cli/complete.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/manual.h"

namespace sdcont {
namespace {

using enum Wanted::Kind;

CommandShape run_shape() {
  return {"sdcont run",
          "[OPTIONS] IMAGE [COMMAND] [ARG...]",
          {{.names = {"-i", "--interactive"}, .help = "input"},
           {.names = {"-m", "--memory"}, .value = "BYTES|PERCENT", .help = "memory"},
           {.names = {"--pull"}, .value = "missing|always|never", .help = "when"},
           {.names = {"--summary"}, .value = "text|json", .is_switch = true, .help = "at the end"}},
          true};
}

Wanted wanted(const std::vector<std::string>& words) { return find_wanted(run_shape(), words); }

TEST(Complete, AnArgumentIsWhatTheUsageCallsIt) {
  const std::string usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]";
  EXPECT_EQ(argument_at(usage, 0), "IMAGE");
  EXPECT_EQ(argument_at(usage, 1), "COMMAND");
  EXPECT_EQ(argument_at(usage, 2), "ARG");
  EXPECT_EQ(argument_at(usage, 9), "ARG");
  EXPECT_EQ(argument_at("CONTAINER NAME", 2), "");
  EXPECT_EQ(argument_at("[OPTIONS]", 0), "");
  EXPECT_EQ(argument_at("[OPTIONS] NAME|ID [NAME|ID...]", 3), "NAME|ID");
  EXPECT_EQ(argument_at("[OPTIONS] [VOLUME]\n\nmore words", 0), "VOLUME");
}

TEST(Complete, AValueFollowsItsOption) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--pull", "al"}, {"-i", "--pull", "al"}}) {
    EXPECT_EQ(wanted(words).kind, value);
    EXPECT_EQ(wanted(words).word, "al");
    EXPECT_EQ(wanted(words).prefix, "");
    EXPECT_EQ(wanted(words).option.value, "missing|always|never");
  }
  EXPECT_EQ(wanted({"-im", ""}).option.value, "BYTES|PERCENT");
  EXPECT_EQ(wanted({"--pull=al"}).kind, value);
  EXPECT_EQ(wanted({"--pull=al"}).word, "al");
  EXPECT_EQ(wanted({"--pull=al"}).prefix, "--pull=");
}

TEST(Complete, AValueThatIsThereIsNotAwaited) {
  EXPECT_EQ(wanted({"-m64M", ""}).what, "IMAGE");
  EXPECT_EQ(wanted({"--memory=64M", ""}).what, "IMAGE");
  EXPECT_EQ(wanted({"--summary", ""}).what, "IMAGE");
  EXPECT_EQ(wanted({"--memory", "64M", ""}).what, "IMAGE");
}

TEST(Complete, AnOptionalValueStandsBehindTheEqualsSignAlone) {
  EXPECT_EQ(wanted({"--summary=j"}).option.value, "text|json");
  EXPECT_EQ(wanted({"--summary=j"}).word, "j");
}

TEST(Complete, OptionsStandBeforeTheFirstArgument) {
  EXPECT_EQ(wanted({"--me"}).kind, option);
  EXPECT_EQ(wanted({"-"}).kind, option);
  EXPECT_EQ(wanted({"host", "--me"}).kind, argument);
  EXPECT_EQ(wanted({"host", "--me"}).what, "COMMAND");
  EXPECT_EQ(wanted({"--", "--me"}).kind, argument);
  CommandShape anywhere = run_shape();
  anywhere.options_first = false;
  EXPECT_EQ(find_wanted(anywhere, {"host", "--me"}).kind, option);
  EXPECT_EQ(find_wanted(anywhere, {"--", "--me"}).kind, argument);
}

TEST(Complete, TheFirstArgumentIsFound) {
  EXPECT_EQ(first_argument(run_shape(), {"-m", "64M", "host", "sh"}), 2U);
  EXPECT_EQ(first_argument(run_shape(), {"-m", "64M"}), 1U);
  EXPECT_EQ(first_argument(run_shape(), {""}), 0U);
}

std::vector<std::string> texts(const Wanted& wanted) {
  std::vector<std::string> found;
  for (const Candidate& candidate : candidates_for(wanted, "sdcont run", {"/nowhere", "/nowhere"}).list)
    found.push_back(candidate.text);
  return found;
}
std::vector<std::string> values(const std::string& value) {
  return texts({.kind = Wanted::Kind::value,
                .word = "",
                .prefix = "",
                .option = {.names = {"--x"}, .value = value, .help = "status=, label=KEY[=VALUE], name=PART"},
                .what = ""});
}

TEST(Complete, WordsOfTheHelpAreValues) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(values("missing|always|never"), (Words{"missing", "always", "never"}));
  EXPECT_EQ(values("no|on-failure[:N]|always"), (Words{"no", "on-failure", "always"}));
  EXPECT_EQ(values("1-10000|idle"), (Words{"idle"}));
  EXPECT_EQ(values("size=BYTES"), (Words{"size="}));
  EXPECT_EQ(values("type=bind|volume|tmpfs,…"), (Words{"type="}));
  EXPECT_EQ(values("BYTES|PERCENT"), (Words{}));
  EXPECT_EQ(values("FILTER"), (Words{"status=", "label=", "name="}));
}

TEST(Complete, SignalsAndPropertiesAreKnown) {
  const auto signals = values("SIGNAL");
  EXPECT_NE(std::find(signals.begin(), signals.end(), "SIGHUP"), signals.end());
  EXPECT_NE(std::find(signals.begin(), signals.end(), "SIGRTMIN+3"), signals.end());
  const auto properties = values("PROPERTY=VALUE");
  EXPECT_NE(std::find(properties.begin(), properties.end(), "MemoryMax="), properties.end());
}

TEST(Manual, NothingMeansAnythingToMarkdown) {
  EXPECT_EQ(markdown("a_b*c [d] <e>"), "a\\_b\\*c \\[d\\] \\<e\\>");
}

TEST(Manual, EachOptionIsThereAsItIsDeclared) {
  const std::string text = manual_of("sdcont none", "[OPTIONS] IMAGE", run_shape().options);
  EXPECT_NE(text.find("**sdcont none** *\\[OPTIONS\\]* *IMAGE*"), std::string::npos) << text;
  EXPECT_NE(text.find("**-m**, **--memory** *BYTES\\|PERCENT*\n: memory\n"), std::string::npos) << text;
  EXPECT_NE(text.find("**--summary**\\[=*text\\|json*\\]\n: at the end\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("# EXAMPLES"), std::string::npos);
}

}  // namespace
}  // namespace sdcont
