#include "cli/container_filter.h"
#include "cli/filters.h"
#include "cli/stats_view.h"
#include "rootfs_fixture.h"

namespace sdcont {
namespace {

class ContainerFilterTest : public RootDirectory {
 protected:
  ContainerFilterTest() : store_({(top() / "lib").string(), (top() / "run").string()}) {
    add('1', "web", "debian", {{"tier", "front"}, {"env", "prod"}}, 0);
    add('2', "webby", "alpine", {{"tier", "back"}}, 137);
    add('3', "db", "debian", {{"env", "prod"}}, std::nullopt);
    records_[2].mounts.push_back({.destination = "/data", .type = "bind", .volume = "stock"});
  }

  void add(char digit, const std::string& name, const std::string& image,
           const std::map<std::string, std::string>& labels, std::optional<int> status) {
    Record record;
    record.id = std::string(64, digit);
    record.name = name;
    record.image = image;
    record.image_id = "sha256:" + std::string(64, image[0]);
    record.labels = labels;
    record.created_ns = records_.size() + 1;
    record.status = status ? Status::exited : Status::running;
    if (status) record.exit.emplace().status = *status;
    store_.create(record);
    records_.push_back(record);
  }

  std::string names(const std::vector<std::string>& filters) {
    std::string names;
    for (const Record& record : filter_containers(filters, store_, records_)) names += record.name + " ";
    return names;
  }

  Store store_;
  std::vector<Record> records_;
};

TEST_F(ContainerFilterTest, OneKeyIsAlternativesAndKeysAddUp) {
  EXPECT_EQ(names({}), "web webby db ");
  EXPECT_EQ(names({"name=web"}), "web webby ") << "anywhere in the name";
  EXPECT_EQ(names({"name=^/?web$"}), "web ");
  EXPECT_EQ(names({"name=^/web$"}), "web ");
  EXPECT_EQ(names({"name=db", "name=by"}), "webby db ");
  EXPECT_EQ(names({"name=web", "status=exited", "exited=137"}), "webby ");
  EXPECT_EQ(names({"label=tier", "label=env=prod"}), "web ") << "labels have to fit all";
  EXPECT_EQ(names({"status=running", "status=exited"}), "web webby db ");
  EXPECT_EQ(names({"id=2", "id=33"}), "webby db ");
  EXPECT_EQ(names({"ancestor=debian"}), "web db ");
  EXPECT_EQ(names({"ancestor=debian:latest"}), "web db ");
  EXPECT_EQ(names({"ancestor=dddddddddddd"}), "web db ");
  EXPECT_EQ(names({"before=webby"}), "web ");
  EXPECT_EQ(names({"since=web", "before=db"}), "webby ");
  EXPECT_EQ(names({"volume=stock"}), "db ");
  EXPECT_EQ(names({"volume=/data"}), "db ");
}

TEST_F(ContainerFilterTest, WhatIsNotUnderstoodIsRefused) {
  for (const char* filter :
       {"x=1", "name", "name=", "status=nosuch", "exited=x", "before=nosuch", "name=[", "=x"}) {
    EXPECT_NE(error_of([&] { names({filter}); }), "") << filter;
  }
}

TEST(StatsViewTest, BarsAndCourses) {
  EXPECT_EQ(bar(0, 4, false), "....");
  EXPECT_EQ(bar(0.5, 4, false), "##..");
  EXPECT_EQ(bar(7, 4, false), "####");
  EXPECT_EQ(bar(0.5, 3, true), "█▌ ");
  EXPECT_EQ(sparkline({0, 50, 100}, 100, 4, true), " ▁▅█");
  EXPECT_EQ(sparkline({0, 200}, 100, 2, false), " #") << "more than the most becomes the most";
  EXPECT_EQ(sparkline({}, 100, 2, true), "  ");
}

TEST(StatsViewTest, FitsTheTerminal) {
  std::vector<FollowedContainer> containers(5);
  std::vector<const FollowedContainer*> pointers;
  for (size_t i = 0; i < containers.size(); ++i) {
    containers[i].id = std::string(64, static_cast<char>('0' + i));
    containers[i].name = "c" + std::to_string(i);
    containers[i].usage.cpu_percent = static_cast<double>(i);
    containers[i].usage.memory = 1536;
    pointers.push_back(&containers[i]);
  }
  sort_usages("cpu", pointers);
  EXPECT_EQ(pointers[0]->name, "c4");
  const auto lines = live_lines(pointers, {.width = 40, .height = 5, .unicode = false}, false);
  ASSERT_EQ(lines.size(), 4U) << "one is left for the cursor";
  EXPECT_EQ(lines[0].substr(0, 20), "CONTAINER ID  NAME  ");
  EXPECT_EQ(lines[1].substr(0, 12), "444444444444");
  EXPECT_NE(lines[3].find("3 more"), std::string::npos);
  for (const std::string& line : lines) EXPECT_LE(line.size(), 42U);
  sort_usages("name", pointers);
  EXPECT_EQ(pointers[0]->name, "c0");
  EXPECT_EQ(stats_row(*pointers[0], false).at("MemUsage"), "1.5KiB / 0B");
  EXPECT_EQ(stats_row(*pointers[0], false).at("CPUPressure"), "--");
}

TEST(Stats, KeysSort) {
  EXPECT_EQ(sort_key_of('c', "mem"), "cpu");
  EXPECT_EQ(sort_key_of('a', ""), "name");
  EXPECT_EQ(sort_key_of('%', ""), "mem%");
  EXPECT_EQ(sort_key_of('?', "mem"), "mem");
  const auto keys = stats_sort_keys();
  for (const std::string& key : keys) EXPECT_NE(sort_keys_line().find(": " + key), std::string::npos) << key;
}

}  // namespace
}  // namespace sdcont
