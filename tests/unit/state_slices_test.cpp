#include "state/slices.h"

#include "cgroup_fixture.h"
#include "spec/names.h"
#include "spec/spec_json.h"

namespace sdcont {
namespace {

class Slices : public FakeTree {
 protected:
  StorePaths paths_{at("root"), at("run")};
  SliceStore store_{paths_};
};

TEST_F(Slices, AreKeptWhereTheyLast) {
  SliceSpec web{"web.slice", {{"memory/limit", uint64_t{4096}}}, {{"memory/limit", "--memory"}}, false, true};
  store_.save(web);
  store_.save({"web-shop.slice", {}, {}, true, false});
  EXPECT_TRUE(std::filesystem::exists(at("root/slices/web.slice")));
  EXPECT_TRUE(std::filesystem::exists(at("run/slices/web-shop.slice")));
  const auto found = store_.load("web.slice");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->resources, web.resources);
  EXPECT_EQ(found->asked_as, web.asked_as);
  EXPECT_TRUE(found->settled);
  ASSERT_EQ(store_.list().size(), 2U);
  EXPECT_EQ(store_.list()[0].name, "web-shop.slice");
  EXPECT_TRUE(store_.list()[0].runtime);
  store_.remove("web.slice");
  store_.remove("web-shop.slice");
  EXPECT_FALSE(store_.load("web.slice"));
  EXPECT_FALSE(std::filesystem::exists(at("run/slices")));
}

TEST_F(Slices, ADamagedOneIsAnError) {
  write("root/slices/web.slice", "{");
  EXPECT_NE(error_of([&] { static_cast<void>(store_.load("web.slice")); }).find("damaged"),
            std::string::npos);
}

TEST(SliceNames, LieInEachOtherByTheirDashes) {
  EXPECT_EQ(slice_levels("a-b-c.slice"), (std::vector<std::string>{"a.slice", "a-b.slice", "a-b-c.slice"}));
  EXPECT_EQ(slice_levels("web.slice"), std::vector<std::string>{"web.slice"});
  EXPECT_TRUE(slice_levels("-.slice").empty());
  EXPECT_TRUE(slice_levels("").empty());
}

}  // namespace
}  // namespace sdcont
