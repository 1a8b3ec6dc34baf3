#include <gtest/gtest.h>

#include "log/json_file.h"
#include "log/json_file_reader.h"
#include "log/lines.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

using Pieces = std::vector<std::pair<std::string, bool>>;

Pieces lines_of(const std::vector<std::string>& data) {
  Lines lines;
  Pieces taken;
  const auto take = [&](std::string_view line, bool whole) { taken.emplace_back(line, whole); };
  for (const std::string& piece : data) lines.add(piece, take);
  lines.finish(take);
  return taken;
}

TEST(Lines, AreMadeOfWhatComesInPieces) {
  EXPECT_EQ(lines_of({"one\ntw", "o\n", "\nthree"}),
            (Pieces{{"one", true}, {"two", true}, {"", true}, {"three", false}}));
  EXPECT_EQ(lines_of({}), Pieces{});
}

TEST(Lines, ThatAreLongComeInPieces) {
  const std::string longest(kLongestLine, 'x');
  EXPECT_EQ(lines_of({longest + "y\n"}), (Pieces{{longest, false}, {"y", true}}));
  EXPECT_EQ(lines_of({longest.substr(1), "a", "b\n"}),
            (Pieces{{longest.substr(1) + "a", false}, {"b", true}}));
  EXPECT_EQ(lines_of({longest + "\n"}), (Pieces{{longest, false}, {"", true}}));
}

TEST(JsonFile, AnEntryIsDockersAndIsReadBack) {
  const LogEntry entry{1'767'323'045'000'000'006, Stream::error_output, "a \"word\"\t\x01", true};
  const std::string json = entry_to_json(entry);
  EXPECT_EQ(json,
            "{\"log\":\"a \\\"word\\\"\\t\\u0001\\n\",\"stream\":\"stderr\",\"time\":"
            "\"2026-01-02T03:04:05.000000006Z\"}\n");
  const auto read = entry_from_json(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, entry.text);
  EXPECT_EQ(read->time_ns, entry.time_ns);
  EXPECT_EQ(read->stream, entry.stream);
  EXPECT_TRUE(read->whole);
  EXPECT_FALSE(entry_from_json("{\"log\":\"half a li"));
  EXPECT_FALSE(entry_from_json("[]"));
  EXPECT_FALSE(entry_from_json("{\"log\": 5, \"time\": \"2026-01-02T03:04:05Z\"}"));
}

class JsonFileTest : public RootDirectory {
 protected:
  [[nodiscard]] LogIdentity identity() const { return {"id", "name", "image", top().string()}; }
};

TEST_F(JsonFileTest, KeepsSoManyFilesOfSoManyBytes) {
  JsonFileWriter writer({"json-file", 1000, 3, ""}, identity());
  for (int i = 0; i < 100; ++i) writer.write(Stream::output, "line " + std::to_string(i) + "\n");
  writer.finish();
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(top())) {
    if (!file.is_regular_file()) continue;
    EXPECT_LE(file.file_size(), 1000U) << file.path();
    ++files;
  }
  EXPECT_EQ(files, 3U);
  JsonFileReader reader(identity());
  std::string last;
  uint64_t before = 0;
  while (const auto entry = reader.next()) {
    EXPECT_GE(entry->time_ns, before) << "oldest first";
    before = entry->time_ns;
    last = entry->text;
  }
  EXPECT_EQ(last, "line 99");
}

TEST_F(JsonFileTest, AReaderFollowsOverRotations) {
  JsonFileWriter writer({"json-file", 1000, 2, ""}, identity());
  JsonFileReader reader(identity());
  for (int i = 0; i < 100; ++i) {
    writer.write(Stream::output, "line " + std::to_string(i) + "\n");
    const auto entry = reader.next();
    ASSERT_TRUE(entry) << i;
    EXPECT_EQ(entry->text, "line " + std::to_string(i));
    EXPECT_FALSE(reader.next());
  }
}

TEST_F(JsonFileTest, WhatHasNoLineEndIsKeptAtTheEnd) {
  JsonFileWriter writer({"json-file", kUnlimited, 1, ""}, identity());
  writer.write(Stream::output, "half");
  JsonFileReader reader(identity());
  EXPECT_FALSE(reader.next());
  writer.finish();
  const auto entry = reader.next();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->text, "half");
  EXPECT_FALSE(entry->whole);
}

}  // namespace
}  // namespace sdcont
