#include "cgroup/choose.h"

#include "cgroup_fixture.h"

namespace sdcont {
namespace {

CgroupHost writable_v2() {
  CgroupHost host;
  host.v2 = {"/sys/fs/cgroup", "/", {""}, "/"};
  host.controllers = {"memory"};
  host.files = {"memory.swap.max"};
  host.writable = true;
  return host;
}

ChoiceFacts facts(const char* requested, bool booted, bool root = true, const char* problem = "") {
  ChoiceFacts facts{requested, booted, root};
  if (*problem != '\0') facts.bus_problem = Failure{.doing = problem};
  return facts;
}

TEST(ChooseManager, SystemdWhereItRuns) {
  const Choice choice = choose_manager(writable_v2(), facts("auto", true));
  EXPECT_EQ(choice.manager, CgroupManager::systemd);
  EXPECT_EQ(choice.reason, "systemd is PID 1");
}

TEST(ChooseManager, CgroupfsWhereSystemdDoesNotRun) {
  const Choice choice = choose_manager(writable_v2(), facts("auto", false));
  EXPECT_EQ(choice.manager, CgroupManager::cgroupfs);
  EXPECT_EQ(choice.reason, "systemd is not running (/run/systemd/system is not there)");
}

TEST(ChooseManager, NoneWhereSystemdIsSilent) {
  EXPECT_EQ(error_of([] { choose_manager(writable_v2(), facts("auto", true, true, "no such socket")); }),
            "no such socket");
}

TEST(ChooseManager, RequestsAreNeverReplaced) {
  EXPECT_EQ(choose_manager(writable_v2(), facts("cgroupfs", true)).manager, CgroupManager::cgroupfs);
  EXPECT_THROW(choose_manager(writable_v2(), facts("systemd", false)), Error);
  EXPECT_THROW(choose_manager(writable_v2(), facts("systemd", true, true, "dead")), Error);
  EXPECT_THROW(choose_manager(writable_v2(), facts("lxc", true)), Error);
}

TEST(ChooseManager, ErrorsNameTheRemedy) {
  EXPECT_NE(error_of([] { choose_manager({}, facts("auto", false)); }).find("mount -t cgroup2"),
            std::string::npos);
  CgroupHost v1;
  v1.mode = CgroupMode::legacy;
  v1.v1["memory"] = {"/sys/fs/cgroup/memory", "/", {"memory"}, "/"};
  EXPECT_NE(error_of([&] { choose_manager(v1, facts("auto", false, false)); }).find("without root"),
            std::string::npos);
  CgroupHost readonly = writable_v2();
  readonly.writable = false;
  EXPECT_NE(error_of([&] { choose_manager(readonly, facts("auto", false)); }).find("writable"),
            std::string::npos);
}

class CgroupsAround : public FakeTree {
 protected:
  CgroupsAround() {
    write("proc/1/cgroup", "0::/machine/init.scope\n");
    write_all("cg", {{"memory.max", "max\n"}, {"machine/memory.max", "9000\n"}});
    write_all("cg/machine", {{"a.slice/memory.max", "5000\n"}, {"a.slice/a-b.slice/memory.max", "max\n"}});
    write("cg/machine/own/memory.max", "7000\n");
    host_.v2 = {at("cg"), "/", {""}, "/machine/own"};
    host_.proc = at("proc");
  }
  [[nodiscard]] uint64_t smallest(CgroupManager manager, const std::string& slice) const {
    return smallest_limit(cgroups_around(host_, manager, "memory", slice), "memory.max");
  }
  CgroupHost host_;
};

TEST_F(CgroupsAround, AreThoseOfTheSliceOrTheCallers) {
  EXPECT_EQ(smallest(CgroupManager::cgroupfs, "sdcont.slice"), 7000U) << "there is no such slice";
  EXPECT_EQ(smallest(CgroupManager::cgroupfs, "a-b.slice"), 5000U);
  EXPECT_EQ(smallest(CgroupManager::systemd, "a-b.slice"), 5000U);
  EXPECT_EQ(smallest(CgroupManager::systemd, "a-b-c.slice"), 5000U) << "it need not be there yet";
  EXPECT_EQ(smallest(CgroupManager::systemd, "sdcont.slice"), 9000U);
  EXPECT_EQ(smallest(CgroupManager::systemd, "-.slice"), 9000U);
  host_.mode = CgroupMode::legacy;
  EXPECT_EQ(smallest(CgroupManager::cgroupfs, ""), kUnlimited) << "no such controller";
}

TEST_F(CgroupsAround, LimitsOfTheCallerAreThoseOfItsUnits) {
  write_all(
      "cg/machine/a.slice",
      {{"cpu.max", "max 100000\n"}, {"x.scope/cpu.max", "5000 100000\n"}, {"x.scope/memory.max", "max\n"}});
  host_.v2.own_path = "/machine/a.slice/x.scope";
  const auto limits = make_target(host_, CgroupManager::systemd, 252).caller_limits;
  ASSERT_EQ(limits.size(), 2U);
  EXPECT_EQ(limits[0].unit + ": " + limits[0].limit, "a.slice: memory.max 5000");
  EXPECT_EQ(limits[1].unit + ": " + limits[1].limit, "x.scope: cpu.max 5000 100000");
  EXPECT_TRUE(make_target(host_, CgroupManager::cgroupfs, 0).caller_limits.empty());
}

TEST(MakeTarget, SaysWhatLimitsAreTranslatedFor) {
  const Target target = make_target(writable_v2(), CgroupManager::systemd, 252);
  EXPECT_TRUE(target.systemd);
  EXPECT_EQ(target.systemd_version, 252);
  EXPECT_TRUE(target.unified);
  EXPECT_EQ(target.controllers, (std::set<std::string>{"memory"}));
  EXPECT_TRUE(target.files.contains("memory.swap.max"));
  EXPECT_EQ(make_target(writable_v2(), CgroupManager::cgroupfs, 252).systemd_version, 0);
}

}  // namespace
}  // namespace sdcont
