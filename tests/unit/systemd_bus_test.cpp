// The client with its real library and a real bus, on which tests/integration/fake_systemd.py plays systemd.
// Needs dbus-daemon, python3-dbus and python3-gi.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "systemd/manager.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

using namespace std::chrono_literals;

std::string fake_systemd() {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "integration" / "fake_systemd.py";
}

/// Starts a program with its standard output in `out`.
pid_t spawn(const std::vector<std::string>& command, Fd& out) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe");
  out.reset(ends[0]);
  const Fd written(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = check(fork(), "fork");
  if (pid == 0) {
    dup2(written.get(), STDOUT_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  return pid;
}

class Bus : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/sdcont-bus-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    std::filesystem::create_directory(cgroups());
    Fd unused;
    payload_ = spawn({"/bin/sleep", "60"}, unused);
  }

  void TearDown() override {
    for (const pid_t pid : {payload_, systemd_}) {
      if (pid <= 0) continue;
      kill(pid, SIGTERM);
      waitpid(pid, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }

  /// Starts the fake in a mode and waits until it can be called.
  void systemd_is(const std::vector<std::string>& mode) {
    std::vector<std::string> command = {fake_systemd(), "--bus", directory_, "--cgroup", cgroups()};
    command.insert(command.end(), mode.begin(), mode.end());
    Fd out;
    systemd_ = spawn(command, out);
    char address[256] = {};
    if (read(out.get(), address, sizeof address - 1) <= 0) {
      throw Error("fake_systemd.py does not start")
          .remedy("install python3-dbus, python3-gi and dbus-daemon");
    }
    setenv("DBUS_SYSTEM_BUS_ADDRESS", std::string(trim(address)).c_str(), 1);
  }

  [[nodiscard]] ScopeRequest request(std::vector<Property> properties = {}) const {
    return {.unit = "sdcont-web.scope", .properties = std::move(properties), .pids = {payload_}};
  }
  /// The error that a start ends with; empty where it succeeds.
  std::string start(const ScopeRequest& scope) {
    const auto begin = std::chrono::steady_clock::now();
    std::string text;
    try {
      connect_systemd()->start_scope(scope);
    } catch (const Error& error) {
      text = error.what();
    }
    took_ = std::chrono::steady_clock::now() - begin;
    return text;
  }
  [[nodiscard]] std::string calls() const { return read_file(directory_ + "/calls.json"); }
  [[nodiscard]] size_t count(const std::string& word) const {
    size_t found = 0;
    for (const std::string& line : split(calls(), '\n'))
      found += line.starts_with("[\"" + word + '"') ? 1 : 0;
    return found;
  }
  [[nodiscard]] std::string cgroups() const { return directory_ + "/cgroups"; }
  [[nodiscard]] bool is_in_its_cgroup() const {
    const auto procs = read_file_if(cgroups() + "/sdcont-web.scope/cgroup.procs");
    return procs && trim(*procs) == std::to_string(payload_);
  }

  pid_t payload_ = 0;
  pid_t systemd_ = 0;
  std::string directory_;
  std::chrono::nanoseconds took_{};
};

TEST_F(Bus, CarriesEveryKindOfValue) {
  systemd_is({"ok"});
  EXPECT_EQ(start(request({
                {"Delegate", true},
                {"MemoryMax", uint64_t{1} << 40},
                {"SendSIGHUP", uint32_t{7}},
                {"KillSignal", int32_t{-10}},
                {"Slice", std::string("sdcont.slice")},
                {"AllowedCPUs", std::vector<uint8_t>{3, 255}},
                {"After", std::vector<std::string>{"a.target", "b.target"}},
                {"DeviceAllow", std::vector<std::pair<std::string, std::string>>{{"/dev/null", "rw"}}},
                {"IOReadBandwidthMax", std::vector<std::pair<std::string, uint64_t>>{{"/dev/sda", 1000}}},
                {"IPAddressDeny", std::vector<IpPrefix>{{2, {10, 0, 0, 0}, 8}}},
                {"Wants", std::vector<std::string>{}},
            })),
            "");
  const std::string log = calls();
  for (const std::string& value :
       {"\"PIDs\": [\"au\", [" + std::to_string(payload_) + "]]", std::string("\"Delegate\": [\"b\", true]"),
        std::string("\"MemoryMax\": [\"t\", 1099511627776]"), std::string("\"SendSIGHUP\": [\"u\", 7]"),
        std::string("\"KillSignal\": [\"i\", -10]"), std::string("\"Slice\": [\"s\", \"sdcont.slice\"]"),
        std::string("\"AllowedCPUs\": [\"ay\", [3, 255]]"),
        std::string("\"After\": [\"as\", [\"a.target\", \"b.target\"]]"),
        std::string("\"DeviceAllow\": [\"a(ss)\", [[\"/dev/null\", \"rw\"]]]"),
        std::string("\"IOReadBandwidthMax\": [\"a(st)\", [[\"/dev/sda\", 1000]]]"),
        std::string("\"IPAddressDeny\": [\"a(iayu)\", [[2, [10, 0, 0, 0], 8]]]"),
        std::string("\"Wants\": [\"as\", []]")}) {
    EXPECT_NE(log.find(value), std::string::npos) << value << "\n" << log;
  }
  EXPECT_TRUE(is_in_its_cgroup());
}

TEST_F(Bus, MakesOneCallOnTheWayToSuccess) {
  systemd_is({"ok"});
  EXPECT_EQ(start(request()), "");
  EXPECT_EQ(split(calls(), '\n').size(), 3u) << calls();  // the call, its signal, the end of the file
}

TEST_F(Bus, StartsNoThread) {
  systemd_is({"ok"});
  const auto systemd = connect_systemd();
  systemd->start_scope(request());
  EXPECT_EQ(list_directory("/proc/self/task").size(), 1u);
}

TEST_F(Bus, SeesASignalThatPrecedesTheAnswer) {
  systemd_is({"early-signal"});
  EXPECT_EQ(start(request()), "");
  EXPECT_LT(took_, 900ms);
  EXPECT_EQ(count("GetUnit"), 0u);
}

TEST_F(Bus, ClearsAFailedUnit) {
  systemd_is({"unit-exists-failed"});
  EXPECT_EQ(start(request()), "");
  EXPECT_EQ(count("ResetFailedUnit"), 1u);
}

TEST_F(Bus, LeavesAnActiveUnitAlone) {
  systemd_is({"unit-exists-active"});
  EXPECT_EQ(start(request()).find("cannot start sdcont-web.scope: the unit is in use (active)"), 0u);
  EXPECT_FALSE(is_in_its_cgroup());
}

TEST_F(Bus, WaitsForAUnitThatIsGoingAway) {
  systemd_is({"unit-exists-leaving", "200"});
  EXPECT_EQ(start(request()), "");
  EXPECT_GE(took_, 200ms);
  EXPECT_LT(took_, 2s);
}

TEST_F(Bus, NamesThePropertyThatSystemdDoesNotKnow) {
  systemd_is({"unknown-property", "MemoryZSwapMax"});
  const auto systemd = connect_systemd();
  try {
    systemd->start_scope(request({{"MemoryMax", uint64_t{1} << 30}, {"MemoryZSwapMax", uint64_t{0}}}));
    FAIL();
  } catch (const UnknownProperty& error) {
    EXPECT_EQ(error.property(), "MemoryZSwapMax");
  }
  systemd->start_scope(request({{"MemoryMax", uint64_t{1} << 30}}));
}

TEST_F(Bus, SaysWhyAJobFailed) {
  systemd_is({"job-failed", "timeout"});
  EXPECT_EQ(start(request()).find("cannot start sdcont-web.scope: its job timed out within systemd"), 0u);
}

TEST_F(Bus, WaitsForALateJob) {
  systemd_is({"job-timeout-late", "1.3"});
  EXPECT_EQ(start(request()), "");
  EXPECT_GE(took_, 1300ms);
}

TEST_F(Bus, DoesNotWaitBeyondTheDeadline) {
  systemd_is({"job-timeout-late", "20"});
  ScopeRequest scope = request();
  scope.deadline = 300ms;
  EXPECT_EQ(start(scope).find("cannot start sdcont-web.scope: systemd has not done it within 300 ms"), 0u);
  EXPECT_LT(took_, 3s);
  EXPECT_EQ(count("StopUnit"), 1u);
}

TEST_F(Bus, LosesASecondForALostSignal) {
  systemd_is({"job-lost"});
  EXPECT_EQ(start(request()), "");
  EXPECT_GE(took_, 900ms);
  EXPECT_LT(took_, 2s);
}

TEST_F(Bus, EndsWhereThereIsNoAnswer) {
  systemd_is({"no-reply"});
  ScopeRequest scope = request();
  scope.deadline = 300ms;
  EXPECT_EQ(start(scope).find("cannot start sdcont-web.scope: systemd did not answer in time"), 0u);
  EXPECT_LT(took_, 3s);
}

TEST_F(Bus, SurvivesASystemdThatExecutesItselfAnew) {
  for (const std::string when : {"before", "after"}) {
    systemd_is({"disconnect", when});
    EXPECT_EQ(start(request()), "") << when;
    EXPECT_LT(took_, 5s);
    EXPECT_EQ(count("StartTransientUnit"), when == "before" ? 2u : 3u) << calls();
    EXPECT_TRUE(is_in_its_cgroup());
    kill(systemd_, SIGTERM);
    waitpid(systemd_, nullptr, 0);
    systemd_ = 0;
  }
}

TEST_F(Bus, TakesSystemdsWordForTheCgroup) {  // cgroup/ looks into /proc/PID/cgroup
  systemd_is({"wrong-cgroup"});
  EXPECT_EQ(start(request()), "");
  EXPECT_FALSE(is_in_its_cgroup());
}

TEST_F(Bus, SaysThatItMayNot) {
  systemd_is({"access-denied"});
  EXPECT_EQ(start(request()).find("cannot start sdcont-web.scope: Interactive authentication required; "),
            0u);
}

TEST_F(Bus, SaysThatThereIsNoBus) {
  setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + directory_ + "/none").c_str(), 1);
  try {
    connect_systemd();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("cannot connect to the system bus: "), 0u) << error.what();
    EXPECT_NE(error.failure().remedy.find("cgroupfs"), std::string::npos);
  }
}

TEST_F(Bus, StopsChangesAndAsks) {
  systemd_is({"ok", "--version", "257.7-1"});
  const auto systemd = connect_systemd();
  EXPECT_EQ(systemd->version(), 257);
  EXPECT_EQ(systemd->active_state("sdcont-web.scope"), "inactive");
  systemd->stop_unit("sdcont-web.scope", 1s);
  systemd->reset_failed("sdcont-web.scope");
  systemd->start_scope(request());
  EXPECT_EQ(systemd->active_state("sdcont-web.scope"), "active");
  systemd->set_properties("sdcont-web.scope", {{"MemoryMax", uint64_t{4096}}}, Keep::until_boot);
  EXPECT_NE(
      calls().find("[\"SetUnitProperties\", \"sdcont-web.scope\", true, {\"MemoryMax\": [\"t\", 4096]}]"),
      std::string::npos);
  systemd->stop_unit("sdcont-web.scope", 5s);
  EXPECT_EQ(systemd->active_state("sdcont-web.scope"), "inactive");
}

}  // namespace
}  // namespace sdcont
