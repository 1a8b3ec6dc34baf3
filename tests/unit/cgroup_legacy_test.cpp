#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>

#include <array>
#include <thread>

#include "cgroup/cgroup.h"
#include "cgroup/freezer.h"
#include "cgroup/membership.h"
#include "cgroup/statistics.h"
#include "cgroup_fixture.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// On the real v1 hierarchies of this machine.
class LegacyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    host_ = detect_cgroups();
    if (host_.unified() || !host_.writable || !host_.v1.contains("memory"))
      GTEST_SKIP() << "needs writable cgroup v1";
    request_.id = "sdcont-test-" + std::to_string(getpid());
  }
  void TearDown() override {
    if (!cgroup_) return;
    kill_cgroup(cgroup_->record());
    EXPECT_TRUE(remove_cgroup(cgroup_->record()).empty());
    for (const auto& [controller, directory] : cgroup_->record().payload)
      EXPECT_FALSE(exists(directory)) << directory;
  }
  const CgroupRecord& launch(pid_t init) {
    cgroup_ = make_cgroup(host_, request_, nullptr);
    EXPECT_EQ(cgroup_->prepare().has_value(), host_.v2.mounted());
    cgroup_->begin(getpid());
    cgroup_->attach(init);
    return cgroup_->record();
  }
  static std::string value(const CgroupRecord& record, const std::string& controller,
                           const std::string& file) {
    return std::string(trim(read_file(record.directory(controller) + "/" + file)));
  }

  CgroupHost host_;
  CgroupRequest request_;
  std::unique_ptr<Cgroup> cgroup_;
};

TEST_F(LegacyTest, LimitsHoldInEveryHierarchy) {
  request_.limits.writes = {{"memory", "memory.limit_in_bytes", "67108864", "--memory"},
                            {"pids", "pids.max", "7", "--pids-limit"},
                            {"cpu", "cpu.shares", "512", "--cpu-shares"}};
  Sleeper init;
  const CgroupRecord& record = launch(init.pid());
  EXPECT_EQ(value(record, "memory", "memory.limit_in_bytes"), "67108864");
  EXPECT_EQ(value(record, "pids", "pids.max"), "7");
  EXPECT_EQ(value(record, "cpu", "cpu.shares"), "512");
  EXPECT_FALSE(record.payload.contains("cpuset")) << "made only where a write needs it";
  EXPECT_TRUE(is_member(host_, record, init.pid()));
  EXPECT_FALSE(is_member(host_, record, getpid()));
  const Statistics statistics = read_statistics(record);
  EXPECT_EQ(statistics.tasks_current, 1U);
  EXPECT_EQ(statistics.memory_limit, 67108864U);
  EXPECT_TRUE(statistics.cpu_usec.has_value());
  kill_cgroup(record);
  for (int i = 0; i < 100 && init.ended_by() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(init.ended_by(), SIGKILL);
}

TEST_F(LegacyTest, CpusetTakesFromTheParentWhatIsNotGiven) {
  if (!host_.v1.contains("cpuset")) GTEST_SKIP() << "needs the cpuset controller";
  request_.limits.writes = {{"cpuset", "cpuset.cpus", "0", "--cpuset-cpus"}};
  Sleeper init;
  const CgroupRecord& record = launch(init.pid());
  EXPECT_EQ(value(record, "cpuset", "cpuset.cpus"), "0");
  EXPECT_NE(value(record, "cpuset", "cpuset.mems"), "");
}

TEST_F(LegacyTest, CpuThatDoesNotExistIsAnError) {
  if (!host_.v1.contains("cpuset")) GTEST_SKIP() << "needs the cpuset controller";
  request_.limits.writes = {{"cpuset", "cpuset.cpus", "0,8000", "--cpuset-cpus"}};
  Sleeper init;
  const std::string text = error_of([&] { launch(init.pid()); });
  EXPECT_NE(text.find("--cpuset-cpus"), std::string::npos) << text;
}

TEST_F(LegacyTest, AFailedLaunchLeavesNothing) {
  request_.limits.writes = {{"memory", "memory.limit_in_bytes", "nonsense", "--memory"}};
  Sleeper init;
  const std::string text = error_of([&] { launch(init.pid()); });
  EXPECT_NE(text.find("--memory cannot be had here"), std::string::npos) << text;
  EXPECT_FALSE(cgroup_->record().created.empty());
}

TEST_F(LegacyTest, ControllerThatIsNotMounted) {
  request_.limits.writes = {{"nosuch", "nosuch.max", "1", "--no-such"}};
  Sleeper init;
  const std::string text = error_of([&] { launch(init.pid()); });
  EXPECT_NE(text.find("--no-such needs the nosuch controller"), std::string::npos) << text;
}

TEST_F(LegacyTest, LeftOversOfAKilledLaunchAreReplaced) {
  const std::string left = host_.v1.at("memory").own_directory() + "/sdcont-" + request_.id;
  make_directories(left + "/inner", 0755);
  Sleeper init;
  launch(init.pid());
  EXPECT_FALSE(exists(left + "/inner"));
}

TEST_F(LegacyTest, InitMayEnterByItself) {
  cgroup_ = make_cgroup(host_, request_, nullptr);
  const auto unified = cgroup_->prepare();
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  if (unified) {
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(unified->get());
  }
  std::array<int, 2> entered{};
  ASSERT_EQ(pipe2(entered.data(), O_CLOEXEC), 0);
  const auto init = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof(arguments)));
  ASSERT_GE(init, 0);
  if (init == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char good = 'y';
    for (const Fd& entrance : cgroup_->entrances()) {
      if (write(entrance.get(), "0", 1) != 1) good = 'n';
    }
    if (write(entered[1], &good, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char good = 0;
  EXPECT_EQ(::read(entered[0], &good, 1), 1);
  EXPECT_EQ(good, 'y');
  EXPECT_TRUE(is_member(host_, cgroup_->record(), init));
  cgroup_->attach(init);
  kill_cgroup(cgroup_->record());
  waitpid(init, nullptr, 0);
  close(entered[0]);
  close(entered[1]);
}

TEST_F(LegacyTest, ProcessThatIsGone) {
  pid_t gone = 0;
  {
    Sleeper init;
    gone = init.pid();
  }
  EXPECT_NE(error_of([&] { launch(gone); }), "");
}

TEST_F(LegacyTest, FrozenProcessesStandStillAndDieNonetheless) {
  Sleeper init;
  const CgroupRecord& record = launch(init.pid());
  freeze_cgroup(record, true);
  EXPECT_TRUE(is_frozen(record));
  freeze_cgroup(record, false);
  EXPECT_FALSE(is_frozen(record));
  freeze_cgroup(record, true);
  kill_cgroup(record);
  for (int i = 0; i < 100 && init.ended_by() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(init.ended_by(), SIGKILL);
}

TEST_F(LegacyTest, KillingWithoutV2GoesThroughTheFreezer) {
  host_.v2 = {};
  host_.mode = CgroupMode::legacy;
  Sleeper init;
  const CgroupRecord& record = launch(init.pid());
  freeze_cgroup(record, true);
  kill_cgroup(record);
  for (int i = 0; i < 100 && init.ended_by() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(init.ended_by(), SIGKILL);
}

TEST_F(LegacyTest, LaunchersRaceForTheSharedParent) {
  constexpr int kThreads = 4;
  std::vector<std::string> failures(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      failures[t] = error_of([&] {
        for (int i = 0; i < 25; ++i) {
          CgroupRequest request = request_;
          request.id += "-" + std::to_string(t);
          const auto cgroup = make_cgroup(host_, request, nullptr);
          cgroup->prepare();
          if (!remove_cgroup(cgroup->record()).empty()) throw Error("could not be removed");
        }
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
}

}  // namespace
}  // namespace sdcont
