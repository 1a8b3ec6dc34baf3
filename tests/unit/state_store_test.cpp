#include "state/store.h"

#include <fcntl.h>
#include <unistd.h>

#include "rootfs_fixture.h"
#include "state/volumes.h"

namespace sdcont {
namespace {

constexpr const char* kId = "1111111111111111111111111111111111111111111111111111111111111111";
constexpr const char* kOther = "2222222222222222222222222222222222222222222222222222222222222222";

class StoreTest : public RootDirectory {
 protected:
  StoreTest() : store_({(top() / "lib").string(), (top() / "run").string()}) {}

  static Record record(const std::string& id, const std::string& name) {
    Record record;
    record.id = id;
    record.name = name;
    record.created_ns = 1;
    return record;
  }
  [[nodiscard]] std::filesystem::path written(const std::string& where, const std::string& id) const {
    return top() / where / "containers" / id / "record.json";
  }

  Store store_;
};

TEST_F(StoreTest, ANameBelongsToOneContainer) {
  store_.create(record(kId, "web"));
  EXPECT_THROW(store_.create(record(kOther, "web")), NameInUse);
  EXPECT_EQ(store_.ids(), std::vector<std::string>{kId}) << "what failed leaves nothing";
  EXPECT_EQ(store_.launching().size(), 1U);
  store_.remove(*store_.load(kId));
  EXPECT_NO_THROW(store_.create(record(kOther, "web")));
}

TEST_F(StoreTest, IsFoundByNameIdAndPrefix) {
  store_.create(record(kId, "web"));
  store_.create(record(kOther, "11"));
  EXPECT_EQ(store_.find("web").id, kId);
  EXPECT_EQ(store_.find("111").id, kId);
  EXPECT_EQ(store_.find("11").id, kOther) << "a name wins over digits";
  for (const char* word : {"", ".", "../web", "3", "nosuch"}) {
    EXPECT_NE(error_of([&] { static_cast<void>(store_.find(word)); }).find("there is no container"),
              std::string::npos)
        << word;
  }
}

TEST_F(StoreTest, LaunchesUntilItRuns) {
  store_.create(record(kId, "web"));
  EXPECT_TRUE(store_.launches(kId));
  store_.launched(kId);
  EXPECT_FALSE(store_.launches(kId));
}

TEST_F(StoreTest, AKilledLaunchIsUndoneByOne) {
  EXPECT_FALSE(store_.take_killed_launch(kId)) << "there is none";
  Fd client = store_.create(record(kId, "web"));
  const int supervisor = fcntl(client.get(), F_DUPFD_CLOEXEC, 0);  // as a fork has it
  client.reset();
  EXPECT_FALSE(store_.take_killed_launch(kId)) << "the supervisor is at work";
  close(supervisor);
  const Fd first = store_.take_killed_launch(kId);
  EXPECT_TRUE(first);
  EXPECT_FALSE(store_.take_killed_launch(kId)) << "the first is at work";
  EXPECT_TRUE(store_.launches(kId));
  store_.remove(*store_.load(kId));
  EXPECT_FALSE(store_.launches(kId));
}

TEST_F(StoreTest, KilledRenamesLeaveNoName) {
  const auto names = top() / "lib/names";
  store_.create(record(kId, "web"));
  store_.launched(kId);
  std::filesystem::create_symlink(kId, names / "half");
  std::filesystem::create_symlink(kOther, names / "gone");
  store_.release_stale_names(store_.list());
  EXPECT_TRUE(std::filesystem::is_symlink(names / "web"));
  EXPECT_FALSE(std::filesystem::is_symlink(names / "half"));
  EXPECT_FALSE(std::filesystem::is_symlink(names / "gone"));
  std::filesystem::create_symlink(kId, names / "half");
  store_.create(record(kOther, "half"));
  EXPECT_EQ(store_.find("half").id, kOther) << "who wants the name need not wait for that";
  std::filesystem::create_symlink(kId, names / "again");
  store_.rename(kId, "again");
  EXPECT_EQ(store_.find("again").id, kId) << "the same rename once more";
  const auto half_renamed = [&](const char* name) {
    std::ofstream(top() / "lib/containers" / kId / "renaming");
    std::filesystem::create_symlink(kId, names / name);
  };
  half_renamed("left");
  store_.rename(kId, "third");
  EXPECT_FALSE(std::filesystem::is_symlink(names / "left"));
  EXPECT_THROW(store_.rename(kId, "half"), NameInUse);
  EXPECT_FALSE(std::filesystem::exists(top() / "lib/containers" / kId / "renaming"));
  half_renamed("left");
  store_.remove(*store_.load(kId));
  EXPECT_FALSE(std::filesystem::is_symlink(names / "left"));
  EXPECT_FALSE(std::filesystem::is_symlink(names / "third"));
}

TEST_F(StoreTest, TheNeighboursOfAContainerGoRound) {
  std::vector<std::string> ids;
  for (const char digit : {'1', '5', '9', 'd'}) {
    ids.push_back(std::string(64, digit));
    store_.create(record(ids.back(), std::string("c") + digit));
  }
  EXPECT_EQ(store_.ids_after(ids[1], 2), (std::vector{ids[2], ids[3]}));
  EXPECT_EQ(store_.ids_after(ids[2], 2), (std::vector{ids[3], ids[0]}));
  EXPECT_EQ(store_.ids_after(ids[3], 8), (std::vector{ids[0], ids[1], ids[2]}));
  EXPECT_EQ(store_.ids_after(std::string(64, '7'), 1), std::vector{ids[2]}) << "also of one that is gone";
}

TEST_F(StoreTest, ANewNameIsThatOfTheSpecToo) {
  store_.create(record(kId, "web"));
  ContainerSpec spec;
  spec.id = kId;
  spec.name = "web";
  spec.scope.unit = "sdcont-web.scope";
  store_.save_spec(spec);
  store_.launched(kId);
  store_.rename(kId, "db");
  EXPECT_EQ(store_.load_spec(kId).name, "db");
  EXPECT_EQ(store_.load_spec(kId).scope.unit, "sdcont-db.scope");
  spec.scope.unit = "mine.scope";
  spec.scope.asked = {"--unit"};
  store_.save_spec(spec);
  EXPECT_EQ(store_.load_spec(kId).scope.unit, "mine.scope");
}

TEST_F(StoreTest, EndedContainersLeaveTheRuntimeDirectory) {
  Record ended = record(kId, "web");
  store_.create(ended);
  ended.status = Status::exited;
  ended.exit = ExitRecord{.status = 3};
  store_.finish(ended);
  EXPECT_FALSE(std::filesystem::exists(written("run", kId)));
  EXPECT_EQ(store_.load(kId)->exit->status, 3);
}

TEST_F(StoreTest, LimitsAndMountsAreKept) {
  Record written = record(kId, "web");
  written.layer_limit = LayerLimit{LayerLimitKind::quota, 64 << 20, 1234567};
  written.mounts = {
      {.destination = "/a", .type = "bind", .source = "/b", .options = {"rbind", "ro"}},
      {.destination = "/v", .type = "bind", .source = "/s/_data", .volume = "data", .anonymous = true}};
  store_.create(written);
  const Record read = *store_.load(kId);
  EXPECT_EQ(read.layer_limit->kind, LayerLimitKind::quota);
  EXPECT_EQ(read.layer_limit->size, uint64_t{64} << 20);
  EXPECT_EQ(read.layer_limit->project, 1234567U);
  ASSERT_EQ(read.mounts.size(), 2U);
  EXPECT_EQ(read.mounts[0].options, written.mounts[0].options);
  EXPECT_EQ(read.mounts[0].volume, "");
  EXPECT_EQ(read.mounts[1].source + read.mounts[1].volume, "/s/_datadata");
  EXPECT_TRUE(read.mounts[1].anonymous);
}

TEST_F(StoreTest, VolumesAreThereWholeOrNotAtAll) {
  VolumeStore volumes(store_);
  EXPECT_TRUE(volumes.create({.name = "data", .labels = {{"a", "b"}}}));
  EXPECT_FALSE(volumes.create({.name = "data"}));
  EXPECT_EQ(volumes.find("data").labels.at("a"), "b");
  const auto path = top() / "lib/volumes/data";
  write(path / "_data/x", "content");
  std::filesystem::remove(path / "volume.json");  // as a kill leaves one that was being made
  EXPECT_FALSE(volumes.load("data"));
  EXPECT_TRUE(volumes.list().empty());
  EXPECT_TRUE(volumes.create({.name = "data"}));
  write(path / "volume.json", "{");  // as a power cut may leave it: the content is what counts
  EXPECT_EQ(volumes.list().size(), 1U);
  EXPECT_GT(volumes.size("data"), 0U);
  for (const char* name : {"", "..", "../containers", "a/b", ".x"}) EXPECT_FALSE(volumes.load(name)) << name;
  EXPECT_THROW(volumes.create({.name = "../x"}), Error);
  volumes.remove("data");
  EXPECT_FALSE(exists(path));
}

TEST_F(StoreTest, VolumesAreInUseByRecords) {
  VolumeStore volumes(store_);
  volumes.create({.name = "data"});
  volumes.create({.name = "own", .anonymous = true});
  Record user = record(kId, "web");
  user.mounts = {{.destination = "/v", .volume = "data"},
                 {.destination = "/w", .volume = "own", .anonymous = true}};
  store_.create(user);
  EXPECT_EQ(volumes.users("data"), std::vector<std::string>{"web"});
  EXPECT_THROW(volumes.remove("data"), Error);
  remove_anonymous_volumes(user, store_);
  EXPECT_FALSE(volumes.load("own"));
  EXPECT_TRUE(volumes.load("data"));
  store_.remove(user);
  EXPECT_NO_THROW(volumes.remove("data"));
}

TEST_F(StoreTest, DamagedRecordsHideNoOther) {
  store_.create(record(kId, "web"));
  store_.create(record(kOther, "db"));
  for (const char* damage : {"", "{", "[]", R"({"id":"x"})", "\0\0\0"}) {
    write(written("run", kId), damage);
    const auto records = store_.list();
    ASSERT_EQ(records.size(), 2U) << damage;
    const Record dead = store_.find("web");
    EXPECT_EQ(dead.status, Status::dead) << damage;
    EXPECT_EQ(dead.id, kId);
    EXPECT_EQ(dead.name, "web") << "so that it can be removed by it, and the name is free then";
    EXPECT_EQ(store_.find("db").status, Status::launching);
  }
  store_.remove(store_.find("web"));
  EXPECT_EQ(store_.ids(), std::vector<std::string>{kOther});
  EXPECT_NO_THROW(store_.create(record(kId, "web")));
}

TEST_F(StoreTest, DirectoriesOfOthersAreRefused) {
  const auto open_at = [&](const std::string& path) {
    return error_of([&] { Store({path, (top() / "other").string()}); });
  };
  EXPECT_EQ(open_at((top() / "fresh").string()), "");
  std::filesystem::create_directory_symlink(decoy(), top() / "link");
  EXPECT_NE(open_at((top() / "link").string()), "");
  std::filesystem::create_directory(top() / "open");
  std::filesystem::permissions(top() / "open", std::filesystem::perms::all);
  EXPECT_NE(open_at((top() / "open").string()), "");
  EXPECT_TRUE(decoy_untouched());
}

}  // namespace
}  // namespace sdcont
