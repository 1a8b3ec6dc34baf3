#include "cgroup/record_json.h"

#include <nlohmann/json.hpp>

#include "cgroup/remove.h"
#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class RecordTest : public FakeTree {};

nlohmann::json payload_at(const std::string& mount, const std::string& path) {
  return {{"mounts", {{"", mount}}}, {"path", path}};
}

TEST_F(RecordTest, DirectoryByV2Name) {
  CgroupRecord record;
  record.payload[""] = "/cg/x";
  EXPECT_EQ(record.directory("memory"), "/cg/x");
  record.mode = CgroupMode::hybrid;
  record.payload["blkio"] = "/cg/blkio/x";
  EXPECT_EQ(record.directory("io"), "/cg/blkio/x");
  EXPECT_EQ(record.directory("blkio"), "/cg/blkio/x");
  EXPECT_EQ(record.directory("cgroup"), "/cg/x");
  EXPECT_EQ(record.directory("memory"), "");
}

TEST_F(RecordTest, JsonThereAndBack) {
  CgroupRecord record;
  record.manager = CgroupManager::systemd;
  record.mode = CgroupMode::hybrid;
  record.unit = "sdcont-web.scope";
  record.scope = "/sys/fs/cgroup/systemd/system.slice/sdcont-web.scope";
  record.payload = {{"", "/a"}, {"memory", "/b"}};
  record.created = {"/above", "/a", "/b"};
  const CgroupRecord back = cgroup_record_from_json(cgroup_record_to_json(record));
  EXPECT_EQ(back.manager, record.manager);
  EXPECT_EQ(back.mode, record.mode);
  EXPECT_EQ(back.unit, record.unit);
  EXPECT_EQ(back.scope, record.scope);
  EXPECT_EQ(back.payload, record.payload);
  EXPECT_EQ(back.created, record.created);
}

TEST_F(RecordTest, PayloadsAreWrittenByMountsAndPath) {
  using Payload = std::map<std::string, std::string>;
  const auto written = [](const Payload& payload) {
    CgroupRecord record;
    record.payload = payload;
    const auto json = cgroup_record_to_json(record);
    EXPECT_EQ(cgroup_record_from_json(json).payload, payload) << json;
    return json.at("payload");
  };
  EXPECT_EQ(written({{"", "/cg/u/a.slice/x/payload"}, {"memory", "/cg/memory/a.slice/x/payload"}}),
            (nlohmann::json{{"path", "/a.slice/x/payload"},
                            {"mounts", {{"", "/cg/u"}, {"memory", "/cg/memory"}}}}));
  EXPECT_EQ(written({{"", "/cg/x"}}), payload_at("", "/cg/x"));
  EXPECT_EQ(written({{"cpu", "/x"}, {"memory", "/x/x"}}).at("path"), "/x");
  EXPECT_EQ(written({{"cpu", "/ax"}, {"memory", "/bx"}}).at("path"), "");
  EXPECT_EQ(written({}).at("path"), "");
}

TEST_F(RecordTest, DamagedJsonIsRefused) {
  const nlohmann::json good = cgroup_record_to_json({});
  EXPECT_NO_THROW(cgroup_record_from_json(good));
  for (const auto& [field, damage] :
       std::initializer_list<std::pair<const char*, nlohmann::json>>{{"manager", "lxc"},
                                                                     {"mode", 3},
                                                                     {"payload", {{"", "/whole"}}},
                                                                     {"payload", payload_at("relative", "")},
                                                                     {"payload", payload_at("/", "")},
                                                                     {"payload", payload_at("", "x/y")},
                                                                     {"payload", payload_at("/cg", "/../x")},
                                                                     {"created", {"/cg/../etc"}},
                                                                     {"created", {"memory"}},
                                                                     {"created", "x"}}) {
    nlohmann::json bad = good;
    bad[field] = damage;
    EXPECT_THROW(cgroup_record_from_json(bad), Error) << bad;
  }
  nlohmann::json missing = good;
  missing.erase("unit");
  EXPECT_THROW(cgroup_record_from_json(missing), Error);
}

TEST_F(RecordTest, RemovesInsideOutAndLeavesSharedParents) {
  CgroupRecord record;
  record.payload[""] = at("cg/sdcont/one");
  record.created = {at("cg/sdcont"), at("cg/sdcont/one")};
  std::filesystem::create_directories(at("cg/sdcont/one/made/inside"));
  std::filesystem::create_directories(at("cg/sdcont/two"));
  EXPECT_TRUE(remove_cgroup(record).empty());
  EXPECT_FALSE(std::filesystem::exists(at("cg/sdcont/one")));
  EXPECT_TRUE(std::filesystem::exists(at("cg/sdcont/two")));
  std::filesystem::remove(at("cg/sdcont/two"));
  EXPECT_TRUE(remove_cgroup(record).empty());
  EXPECT_FALSE(std::filesystem::exists(at("cg/sdcont")));
  EXPECT_TRUE(std::filesystem::exists(at("cg")));
}

TEST_F(RecordTest, ReportsWhatStays) {
  CgroupRecord record;
  record.payload[""] = at("cg/one");
  record.created = {at("cg/one")};
  write("cg/one/file", "not a cgroup, so rmdir fails");
  EXPECT_EQ(remove_cgroup(record), (std::vector<std::string>{at("cg/one")}));
}

}  // namespace
}  // namespace sdcont
