#include <sys/stat.h>

#include <functional>

#include "cgroup/cgroup.h"
#include "cgroup/membership.h"
#include "cgroup/remove.h"
#include "cgroup_fixture.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// Does with the real v1 hierarchies what systemd does, or something else.
class FakeSystemd final : public SystemdManager {
 public:
  int version() override { return 252; }
  void start_scope(const ScopeRequest& request) override {
    requests.push_back(request);
    if (start) start(request);
  }
  void stop_unit(const std::string& /*unit*/, std::chrono::milliseconds /*deadline*/) override {}
  void reset_failed(const std::string& /*unit*/) override {}
  void set_properties(const std::string& /*unit*/, const std::vector<Property>& /*properties*/,
                      Keep /*keep*/) override {}
  void reload() override {}
  std::string active_state(const std::string& /*unit*/) override { return "active"; }

  std::function<void(const ScopeRequest&)> start;
  std::vector<ScopeRequest> requests;
};

class ScopeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    host_ = detect_cgroups();
    if (host_.unified() || !host_.writable || !host_.v1.contains("name=systemd")) {
      GTEST_SKIP() << "needs writable cgroup v1 with name=systemd";
    }
    slice_ = "sdcont-test-" + std::to_string(getpid());
    request_.unit = slice_ + ".scope";
    request_.id = slice_;
    systemd_.start = [this](const ScopeRequest& request) { place(request); };
  }

  void TearDown() override {
    if (cgroup_) {
      kill_cgroup(cgroup_->record());
      EXPECT_TRUE(remove_cgroup(cgroup_->record()).empty());
    }
    for (const auto& [controller, hierarchy] : host_.v1) {
      const std::string slice = hierarchy.mount_point + "/" + slice_;
      if (managed(controller)) {
        for (const std::string& pid :
             words(read_file_if(slice + "/" + request_.unit + "/cgroup.procs").value_or(""))) {
          try_write_control(hierarchy.mount_point + "/cgroup.procs", pid);
        }
        EXPECT_EQ(remove_cgroup_tree(slice), 0) << slice;
      }
      EXPECT_FALSE(exists(slice)) << slice;
    }
  }

  static bool managed(const std::string& controller) {
    return controller == "name=systemd" || controller == "memory" || controller == "pids";
  }

  /// As systemd 252 does on v1, for some of its controllers.
  void place(const ScopeRequest& request) {
    for (const auto& [controller, hierarchy] : host_.v1) {
      if (!managed(controller)) continue;
      const std::string slice = hierarchy.mount_point + "/" + slice_;
      mkdir(slice.c_str(), 0755);
      mkdir((slice + "/" + request.unit).c_str(), 0755);
      for (const pid_t pid : request.pids) {
        write_control(slice + "/" + request.unit + "/cgroup.procs", std::to_string(pid));
      }
    }
  }

  void launch(pid_t supervisor, pid_t init) {
    cgroup_ = make_cgroup(host_, request_, &systemd_);
    EXPECT_FALSE(cgroup_->prepare().has_value());
    cgroup_->begin(supervisor, init);
    cgroup_->attach(init);
  }

  CgroupHost host_;
  std::string slice_;
  CgroupRequest request_;
  FakeSystemd systemd_;
  std::unique_ptr<Cgroup> cgroup_;
};

TEST_F(ScopeTest, PayloadInEveryHierarchyAlsoInThoseThatSystemdDoesNotKnow) {
  request_.limits.writes = {{"pids", "pids.max", "9", "--pids-limit"}};
  Sleeper supervisor;
  Sleeper init;
  launch(supervisor.pid(), init.pid());
  const CgroupRecord& record = cgroup_->record();
  EXPECT_EQ(record.manager, CgroupManager::systemd);
  EXPECT_EQ(record.unit, request_.unit);
  const std::string path = "/" + slice_ + "/" + request_.unit;
  EXPECT_EQ(record.scope, host_.v1.at("name=systemd").mount_point + path);
  EXPECT_EQ(record.directory("memory"), host_.v1.at("memory").mount_point + path + "/payload");
  EXPECT_EQ(record.directory("freezer"), host_.v1.at("freezer").mount_point + path + "/payload");
  EXPECT_EQ(trim(read_file(record.directory("pids") + "/pids.max")), "9");
  EXPECT_EQ(trim(read_file(host_.v1.at("pids").mount_point + path + "/pids.max")), "max")
      << "systemd's own is untouched";
  EXPECT_EQ(systemd_.requests.at(0).pids, (std::vector<pid_t>{supervisor.pid(), init.pid()}));
  EXPECT_TRUE(is_member(host_, record, init.pid()));
  EXPECT_FALSE(is_member(host_, record, supervisor.pid()));
}

TEST_F(ScopeTest, SystemdThatSaysDoneAndDidNothing) {
  systemd_.start = nullptr;
  Sleeper supervisor;
  Sleeper init;
  const std::string text = error_of([&] { launch(supervisor.pid(), init.pid()); });
  EXPECT_NE(text.find("systemd says that it started"), std::string::npos) << text;
  EXPECT_TRUE(cgroup_->record().created.empty());
}

TEST_F(ScopeTest, SystemdThatFails) {
  systemd_.start = [](const ScopeRequest&) { throw Error("the job failed"); };
  Sleeper supervisor;
  EXPECT_EQ(error_of([&] { launch(supervisor.pid(), supervisor.pid()); }), "the job failed");
}

TEST_F(ScopeTest, UnknownPropertyIsTakenOutAndTheCallRepeated) {
  std::vector<std::string> warnings;
  request_.warn = [&](const std::string& text) { warnings.push_back(text); };
  request_.limits.properties = {
      {"CPUAccounting", true}, {"MemoryZSwapMax", uint64_t{1}}, {"TasksMax", uint64_t{9}}};
  request_.limits.applied = {{"--zswap-max", "", "1", "MemoryZSwapMax + memory.zswap.max"}};
  request_.limits.writes = {{"pids", "pids.max", "9", "--zswap-max"}};
  systemd_.start = [this](const ScopeRequest& request) {
    for (const Property& property : request.properties) {
      if (property.name == "TasksMax" || property.name == "Delegate" || property.name == "CollectMode")
        continue;
      throw UnknownProperty(Failure{"unknown " + property.name}, property.name);
    }
    place(request);
  };
  Sleeper supervisor;
  Sleeper init;
  launch(supervisor.pid(), init.pid());
  EXPECT_EQ(systemd_.requests.size(), 4U);  // TimeoutStopUSec, CPUAccounting and MemoryZSwapMax were refused
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("MemoryZSwapMax"), std::string::npos);
}

TEST_F(ScopeTest, TheRecordIsKeptBeforeAnythingExists) {
  std::vector<CgroupRecord> kept;
  request_.recorded = [&](const CgroupRecord& record) {
    for (const std::string& directory : record.created) {
      EXPECT_FALSE(directory.ends_with("/payload") && exists(directory)) << directory;
    }
    kept.push_back(record);
  };
  Sleeper supervisor;
  Sleeper init;
  launch(supervisor.pid(), init.pid());
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].unit, request_.unit) << "the scope, before systemd is asked for it";
  EXPECT_EQ(kept[1].created, cgroup_->record().created);
  EXPECT_EQ(kept[1].payload, cgroup_->record().payload);
}

TEST_F(ScopeTest, FailureHalfWayIsRecorded) {
  request_.limits.writes = {{"pids", "pids.max", "-7", "--pids-limit"}};
  Sleeper supervisor;
  Sleeper init;
  EXPECT_NE(error_of([&] { launch(supervisor.pid(), init.pid()); }).find("--pids-limit"), std::string::npos);
  EXPECT_FALSE(cgroup_->record().created.empty());
}

}  // namespace
}  // namespace sdcont
