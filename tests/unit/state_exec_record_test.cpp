#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "state/exec_record.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

ExecRecord example(const std::string& id, uint64_t started) {
  ExecRecord record;
  record.id = id;
  record.command = {"sh", "-c", "echo \xff\n"};
  record.user = "app";
  record.terminal = true;
  record.process = {12, 34};
  record.monitor = {56, 78};
  record.started_ns = started;
  return record;
}

TEST(ExecRecord, IsTheSameAfterItsJson) {
  ExecRecord record = example("a", 5);
  record.command = {"sh"};
  ExecRecord read = exec_record_from_json(exec_record_to_json(record));
  EXPECT_EQ(read.id, "a");
  EXPECT_EQ(read.command, record.command);
  EXPECT_EQ(read.user, "app");
  EXPECT_TRUE(read.terminal);
  EXPECT_FALSE(read.detached);
  EXPECT_EQ(read.process, record.process);
  EXPECT_EQ(read.monitor, record.monitor);
  EXPECT_EQ(read.started_ns, 5U);
  EXPECT_FALSE(read.status);
  record.status = 137;
  record.finished_ns = 6;
  read = exec_record_from_json(exec_record_to_json(record));
  EXPECT_EQ(read.status, 137);
  EXPECT_EQ(read.finished_ns, 6U);
  EXPECT_NO_THROW(exec_record_from_json(exec_record_to_json(example("b", 1))));  // bytes that are no UTF-8
  for (const char* wrong : {"", "{}", "[]", R"({"id":1})"}) EXPECT_THROW(exec_record_from_json(wrong), Error);
}

class ExecRecords : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/sdcont-exec.XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    paths_.run = path;
    make_directories(path + "/containers/c", 0700);
  }
  void TearDown() override {
    remove_tree(AT_FDCWD, paths_.run + "/containers");
    rmdir(paths_.run.c_str());
  }

  StorePaths paths_;
};

TEST_F(ExecRecords, AreListedOldestFirst) {
  EXPECT_TRUE(list_exec_records(paths_, "c").empty());
  const Fd directory = open_exec_records(paths_, "c");
  write_exec_record(directory.get(), example("b", 2));
  write_exec_record(directory.get(), example("a", 3));
  write_exec_record(directory.get(), example("c", 1));
  write_all(open_at(directory.get(), "d.json", O_WRONLY | O_CREAT, 0600).get(), "{");
  const auto records = list_exec_records(paths_, "c");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].id + records[1].id + records[2].id, "cba");
}

TEST_F(ExecRecords, DoNotPileUp) {
  const Fd directory = open_exec_records(paths_, "c");
  for (uint64_t i = 1; i <= 40; ++i) {
    ExecRecord record = example(std::to_string(i), i);
    if (i != 1) record.finished_ns = i;
    write_exec_record(directory.get(), record);
  }
  open_exec_records(paths_, "c");
  const auto records = list_exec_records(paths_, "c");
  EXPECT_EQ(records.size(), 17U);
  EXPECT_EQ(records.front().id, "1");  // it still runs
  EXPECT_EQ(records.back().id, "40");
}

TEST_F(ExecRecords, OfAContainerThatIsGoneAreNotWritten) {
  const Fd directory = open_exec_records(paths_, "c");
  remove_tree(AT_FDCWD, paths_.run + "/containers");
  EXPECT_NO_THROW(write_exec_record(directory.get(), example("a", 1)));
}

}  // namespace
}  // namespace sdcont
