#include <gtest/gtest.h>

#include "quadlet/translate.h"
#include "util/error.h"

namespace sdcont {
namespace {

QuadletService translate(const std::string& text) {
  UnitFile file;
  file.read("/units/web.container", text);
  return translate_container("/units/web.container", file, "sdcont");
}

std::string complaint(const std::string& text) {
  try {
    translate(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Quadlet, SettingsAreReadAsSystemdReadsThem) {
  UnitFile file;
  file.read("a",
            "# x\n[One]\nKey = value with  space \n; y\nLong=first \\\n# between\n  "
            "second\n[Two]\nKey=other\n[One]\nMore=1");
  EXPECT_EQ(file.last("One", "Key"), "value with  space");
  EXPECT_EQ(file.last("One", "Long"), "first  second");
  EXPECT_EQ(file.lines("One", "More").at(0).line, 11U);
  EXPECT_EQ(file.last("Two", "Key"), "other");
  EXPECT_EQ(file.sections.size(), 2U);
}

TEST(Quadlet, AnEmptyValueTakesBackThoseBefore) {
  UnitFile file;
  file.read("a", "[S]\nK=1\nK=2\nK=\nK=3");
  ASSERT_EQ(file.lines("S", "K").size(), 1U);
  EXPECT_EQ(file.last("S", "K"), "3");
}

TEST(Quadlet, WordsInQuotes) {
  EXPECT_EQ(split_quoted(R"(a "b c" 'd "e' f\sg "h\"i")"),
            (std::vector<std::string>{"a", "b c", "d \"e", "f g", "h\"i"}));
  EXPECT_THROW(split_quoted("\"a"), Error);
  EXPECT_EQ(exec_word("plain"), "plain");
  EXPECT_EQ(exec_word("two words"), "\"two words\"");
  EXPECT_EQ(exec_word("$HOME %i"), "\"$$HOME %i\"");
  EXPECT_EQ(exec_word(""), "\"\"");
}

TEST(Quadlet, OptionsAndTheCommandAsItStands) {
  const auto service = translate("[Container]\nImage=x\nExec=a \"b c\" $${D}\nMemory=5M\nRunInit=no");
  EXPECT_NE(service.text.find(" --memory=5M "), std::string::npos) << service.text;
  EXPECT_NE(service.text.find(" x a \"b c\" $${D}\n"), std::string::npos) << service.text;
  EXPECT_EQ(service.text.find("--init"), std::string::npos);
}

TEST(Quadlet, AOneshotIsNotWaitedForToBeReady) {
  const auto service = translate("[Container]\nImage=x\n[Service]\nType=oneshot");
  EXPECT_EQ(service.text.find("--sdnotify"), std::string::npos);
  EXPECT_EQ(service.text.find("Type=notify"), std::string::npos);
}

TEST(Quadlet, FaultsNameFileAndLine) {
  EXPECT_TRUE(complaint("[Container]\nImage=x\nImgae=y").starts_with("/units/web.container:3: 'Imgae'"));
  EXPECT_TRUE(complaint("[Container]\nImage=x\n\nPod=y").starts_with("/units/web.container:4: Pod= cannot"));
  EXPECT_TRUE(complaint("Image=x").starts_with("/units/web.container:1: 'Image=x' stands before"));
  EXPECT_TRUE(complaint("[Unit]\nDescription=x").ends_with("no [Container] section"));
  EXPECT_TRUE(complaint("[Container]\nMemory=5M").ends_with("no Image= or Rootfs= is given"));
}

}  // namespace
}  // namespace sdcont
