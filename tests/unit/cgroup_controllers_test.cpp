#include "cgroup/controllers.h"

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

class ControllersTest : public FakeTree {
 protected:
  ControllersTest() {
    host_.v2 = {at("cg"), "/", {""}, "/user/shell"};
    host_.controllers = {"cpu", "io", "memory", "pids"};
    write_all("cg", {{"cgroup.controllers", "cpu io memory pids"},
                     {"cgroup.subtree_control", "memory pids"},
                     {"cgroup.procs", "1\n"}});
    write_all("cg/user", {{"cgroup.type", "domain"},
                          {"cgroup.controllers", "memory pids"},
                          {"cgroup.subtree_control", ""},
                          {"cgroup.procs", ""}});
    write_all("cg/user/shell", {{"cgroup.type", "domain"},
                                {"cgroup.controllers", ""},
                                {"cgroup.subtree_control", ""},
                                {"cgroup.procs", "123\n"}});
  }

  std::string base_for(std::initializer_list<const char*> controllers) {
    LimitPlan limits;
    for (const char* controller : controllers) {
      limits.writes.push_back(
          {controller, std::string(controller) + ".max", "1", std::string("--") + controller});
    }
    return find_base(host_, limits, controller_needs(limits, host_.controllers));
  }

  CgroupHost host_;
};

TEST_F(ControllersTest, NearestCgroupThatHoldsNoProcesses) { EXPECT_EQ(base_for({"memory"}), at("cg/user")); }

TEST_F(ControllersTest, UpToTheRootWhichMayHoldProcesses) { EXPECT_EQ(base_for({"memory", "io"}), at("cg")); }

TEST_F(ControllersTest, OwnCgroupWhereItGivesThemAlready) {
  write("cg/user/shell/cgroup.subtree_control", "memory pids");
  EXPECT_EQ(base_for({"memory"}), at("cg/user/shell"));
}

TEST_F(ControllersTest, MissingControllerIsNamed) {
  const std::string text = error_of([&] { base_for({"hugetlb"}); });
  EXPECT_NE(text.find("--hugetlb needs the hugetlb controller"), std::string::npos) << text;
  EXPECT_NE(text.find(at("cg/cgroup.controllers")), std::string::npos) << text;
}

TEST_F(ControllersTest, PopulatedTopOfAContainerIsNamedWithTheRemedy) {
  host_.v2.own_path = "/";
  write("cg/cgroup.type", "domain");
  write("cg/cgroup.subtree_control", "");
  const std::string text = error_of([&] { base_for({"memory"}); });
  EXPECT_NE(text.find("/init"), std::string::npos) << text;
}

TEST_F(ControllersTest, WithoutRequestsAnyCgroupDoes) {
  host_.v2.own_path = "/";
  write("cg/cgroup.type", "domain");
  write("cg/cgroup.subtree_control", "");
  EXPECT_EQ(base_for({}), at("cg"));
}

TEST_F(ControllersTest, AdvisoryWritesRequireNothing) {
  LimitPlan limits;
  limits.writes = {{"misc", "misc.max", "1", "", true},
                   {"pids", "pids.max", "1", "--pids-limit"},
                   {"cgroup", "cgroup.max.depth", "1", ""}};
  const ControllerNeeds needs = controller_needs(limits, host_.controllers);
  EXPECT_EQ(needs.required, (std::set<std::string>{"pids"}));
  EXPECT_EQ(needs.preferred, (std::set<std::string>{"memory", "pids"}));
  EXPECT_EQ(needs.optional, (std::set<std::string>{"cpu", "io"}));
}

TEST_F(ControllersTest, EnablingSkipsWhatIsThereAndWhatIsNotOffered) {
  EXPECT_TRUE(enable_controllers(at("cg/user"), {{"memory"}, {"pids"}, {"io"}}));
  EXPECT_EQ(read("cg/user/cgroup.subtree_control").find("io"), std::string::npos);
  EXPECT_FALSE(enable_controllers(at("cg/gone"), {{"memory"}, {}, {}}));
  const std::string before = read("cg/cgroup.subtree_control");
  EXPECT_TRUE(enable_controllers(at("cg"), {{"memory", "pids"}, {}, {}}));
  EXPECT_EQ(read("cg/cgroup.subtree_control"), before);
}

}  // namespace
}  // namespace sdcont
