#include "systemd/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sdcont {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNoReply = "org.freedesktop.DBus.Error.NoReply";
constexpr const char* kNotConnected = "System.Error.ENOTCONN";
constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr const char* kUnitExists = "org.freedesktop.systemd1.UnitExists";

BusReply answer(const char* value = "") { return {{}, {}, value}; }

BusReply failure(const char* name, const char* text = "") { return {name, text, {}}; }

/// What the bus is to say: for each call the answers in their order, the last of which is repeated.
struct Script {
  std::map<std::string, std::deque<BusReply>> replies;
  std::vector<std::string> calls;

  BusReply reply(const std::string& call) {
    calls.push_back(call);
    auto& left = replies[call];
    if (left.empty()) return BusReply();
    BusReply next = left.front();
    if (left.size() > 1) left.pop_front();
    return next;
  }
  [[nodiscard]] auto count(const std::string& call) const {
    return std::count(calls.begin(), calls.end(), call);
  }
};

class ScriptedBus final : public BusConnection {
 public:
  explicit ScriptedBus(Script& script) : script_(script) {}
  ~ScriptedBus() override { script_.calls.push_back("close"); }
  BusReply watch_jobs() override { return script_.reply("watch"); }
  BusReply wait_job(const std::string&, uint64_t) override { return script_.reply("wait"); }
  BusReply start_transient_unit(const std::string&, const std::vector<Property>&, const std::vector<pid_t>&,
                                uint64_t) override {
    return script_.reply("start");
  }
  BusReply stop_unit(const std::string&, uint64_t) override { return script_.reply("stop"); }
  BusReply reset_failed_unit(const std::string&, uint64_t) override { return script_.reply("reset"); }
  BusReply set_unit_properties(const std::string&, bool, const std::vector<Property>&, uint64_t) override {
    return script_.reply("set");
  }
  BusReply reload(uint64_t) override { return script_.reply("reload"); }
  BusReply unit_path(const std::string&, uint64_t) override { return script_.reply("path"); }
  BusReply unit_path_of(pid_t, uint64_t) override { return script_.reply("path-of-pid"); }
  BusReply active_state(const std::string&, uint64_t) override { return script_.reply("state"); }
  BusReply pending_job(const std::string&, uint64_t) override { return script_.reply("job"); }
  BusReply version(uint64_t) override { return script_.reply("version"); }

 private:
  Script& script_;
};

class Client : public ::testing::Test {
 protected:
  SystemdClient client() {
    return SystemdClient([this](std::unique_ptr<BusConnection>& connection) {
      const BusReply reply = script.reply("open");
      if (reply.ok()) connection = std::make_unique<ScriptedBus>(script);
      return reply;
    });
  }
  /// The error that a start ends with; empty where it succeeds.
  std::string start(std::chrono::milliseconds deadline = 30s) {
    try {
      client().start_scope({.unit = "web.scope", .properties = {}, .pids = {42}, .deadline = deadline});
      return {};
    } catch (const Error& error) {
      return error.what();
    }
  }

  Script script{{{"start", {answer("/job/7")}}, {"wait", {answer("done")}}, {"job", {answer("/")}}}, {}};
};

using Calls = std::vector<std::string>;

TEST_F(Client, NeedsNoMoreThanTheCallAndItsSignal) {
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.calls, (Calls{"open", "watch", "start", "wait", "close"}));
}

TEST_F(Client, SaysWhyAJobFailed) {
  script.replies["wait"] = {answer("dependency")};
  EXPECT_EQ(start().find("cannot start web.scope: a unit that it depends on"), 0u);
}

TEST_F(Client, AsksForTheStateWhereTheSignalDoesNotCome) {
  script.replies["wait"] = {failure(kBusTimeout)};
  script.replies["state"] = {answer("active")};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.calls, (Calls{"open", "watch", "start", "wait", "path", "job", "state", "wait", "close"}));
}

TEST_F(Client, BelievesTheSignalThatCameWithTheState) {
  script.replies["wait"] = {failure(kBusTimeout), answer("failed")};
  script.replies["state"] = {answer("active")};
  EXPECT_EQ(start().find("cannot start web.scope: it failed"), 0u);
}

TEST_F(Client, RefusesAScopeThatEndedUnseen) {
  script.replies["wait"] = {failure(kBusTimeout)};
  script.replies["path"] = {failure(kNoSuchUnit)};
  EXPECT_EQ(start().find("cannot start web.scope: it was inactive as soon as it had started"), 0u);
}

TEST_F(Client, TakesALateJobBack) {
  script.replies["wait"] = {failure(kBusTimeout)};
  script.replies["job"] = {answer("/job/7")};
  script.replies["state"] = {answer("inactive")};
  EXPECT_EQ(start(50ms).find("cannot start web.scope: systemd has not done it within 50 ms"), 0u);
  EXPECT_EQ(script.count("stop"), 1);
}

TEST_F(Client, StopsNothingThatMayBeAnothersWhereTheCallWasNeverAnswered) {
  script.replies["start"] = {failure(kBusTimeout)};
  script.replies["path"] = {failure(kNoSuchUnit)};
  EXPECT_NE(start(50ms).find("systemd did not answer in time"), std::string::npos);
  EXPECT_EQ(script.count("stop"), 0);
}

TEST_F(Client, ResetsAFailedUnitOnceAndTriesAgain) {
  script.replies["start"] = {failure(kUnitExists), answer("/job/8")};
  script.replies["state"] = {answer("failed")};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("reset"), 1);

  script.replies["start"] = {failure(kUnitExists)};
  EXPECT_EQ(start().find("cannot start web.scope: a failed unit of this name does not go away"), 0u);
  EXPECT_EQ(script.count("reset"), 2);
}

TEST_F(Client, LeavesAUnitAloneThatIsInUse) {
  script.replies["start"] = {failure(kUnitExists)};
  script.replies["state"] = {answer("active")};
  script.replies["path"] = script.replies["path-of-pid"] = {answer("/unit/web")};
  EXPECT_EQ(start().find("cannot start web.scope: the unit is in use (active)"), 0u);
  EXPECT_EQ(script.count("reset") + script.count("stop"), 0);
}

TEST_F(Client, WaitsForAUnitThatIsGoingAway) {
  script.replies["start"] = {failure(kUnitExists), answer("/job/8")};
  script.replies["path"] = {answer("/unit/web"), answer("/unit/web"), failure(kNoSuchUnit)};
  script.replies["state"] = {answer("deactivating")};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("start"), 2);
}

TEST_F(Client, DoesNotWaitForAUnitFileForever) {
  script.replies["start"] = {failure(kUnitExists)};
  script.replies["state"] = {answer("inactive")};
  EXPECT_EQ(start(100ms).find("cannot start web.scope: a unit of this name is inactive and does not go away"),
            0u);
}

TEST_F(Client, AdoptsTheScopeWhoseAnswerWasLost) {
  script.replies["start"] = {failure(kNoReply)};
  script.replies["wait"] = {failure(kBusTimeout)};
  script.replies["path"] = script.replies["path-of-pid"] = {answer("/unit/web")};
  script.replies["state"] = {answer("active")};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("start"), 1);
  EXPECT_EQ(script.count("open"), 2);
}

TEST_F(Client, AsksAgainWhereTheLostCallHadNoEffect) {
  script.replies["start"] = {failure(kNotConnected), answer("/job/8")};
  script.replies["path"] = {failure(kNoSuchUnit)};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("start"), 2);
  EXPECT_EQ(script.count("watch"), 2);
}

TEST_F(Client, DoesNotAdoptAnothersScopeAfterALostAnswer) {
  script.replies["start"] = {failure(kNoReply), failure(kUnitExists)};
  script.replies["path"] = {answer("/unit/web")};
  script.replies["path-of-pid"] = {answer("/unit/session")};
  script.replies["state"] = {answer("active")};
  EXPECT_EQ(start().find("cannot start web.scope: the unit is in use"), 0u);
}

TEST_F(Client, ReconnectsWhileItWaits) {
  script.replies["wait"] = {failure(kNotConnected)};
  script.replies["state"] = {answer("active")};
  script.replies["wait"].push_back(failure(kBusTimeout));
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("open"), 2);
}

TEST_F(Client, WaitsForASystemdThatIsOffTheBus) {
  script.replies["start"] = {failure("org.freedesktop.DBus.Error.NameHasNoOwner"), answer("/job/8")};
  EXPECT_EQ(start(), "");
  EXPECT_EQ(script.count("open"), 1);
}

TEST_F(Client, SaysWhatToDoWithoutABus) {
  script.replies["open"] = {
      failure("org.freedesktop.DBus.Error.FileNotFound", "Failed to open bus (No such file)")};
  EXPECT_EQ(start(),
            "cannot connect to the system bus: Failed to open bus (No such file); start it (systemctl start "
            "dbus.socket), or use --cgroup-manager cgroupfs");
  EXPECT_EQ(script.count("open"), 1);
}

TEST_F(Client, ConnectsAnewAfterAConnectionThatWasLostForGood) {
  auto systemd = client();
  script.replies["version"] = {failure(kNotConnected), answer("252")};
  script.replies["open"] = {failure("org.freedesktop.DBus.Error.FileNotFound"), BusReply()};
  EXPECT_THROW(systemd.version(), Error);
  EXPECT_EQ(systemd.version(), 252);
}

TEST_F(Client, AsksForTheVersionOnce) {
  script.replies["version"] = {failure(kNotConnected), answer("252.38-1~deb12u1")};
  auto systemd = client();
  EXPECT_EQ(systemd.version(), 252);
  EXPECT_EQ(systemd.version(), 252);
  EXPECT_EQ(script.count("version"), 2);
}

TEST_F(Client, StopsAUnitAndWaitsForItsEnd) {
  script.replies["stop"] = {answer("/job/9")};
  client().stop_unit("web.scope", 1s);
  EXPECT_EQ(script.calls, (Calls{"open", "watch", "stop", "wait", "close"}));
}

TEST_F(Client, HasNothingToStopWhereThereIsNoUnit) {
  script.replies["stop"] = {failure(kNoSuchUnit)};
  client().stop_unit("web.scope", 1s);
  EXPECT_EQ(script.count("wait"), 0);
}

TEST_F(Client, SaysThatAUnitDidNotStop) {
  script.replies["wait"] = {failure(kBusTimeout)};
  script.replies["state"] = {answer("deactivating")};
  EXPECT_THROW(client().stop_unit("web.scope", 20ms), Error);
  script.replies["state"] = {answer("deactivating"), answer("failed")};
  client().stop_unit("web.scope", 1s);
}

TEST_F(Client, FindsNoUnitInactive) {
  script.replies["path"] = {failure(kNoSuchUnit)};
  EXPECT_EQ(client().active_state("web.scope"), "inactive");
  script.replies["path"] = {answer("/unit/web")};
  script.replies["state"] = {answer("failed")};
  EXPECT_EQ(client().active_state("web.scope"), "failed");
}

TEST_F(Client, ResetsWhatIsNotThere) {
  script.replies["reset"] = {failure(kNoSuchUnit)};
  client().reset_failed("web.scope");
}

}  // namespace
}  // namespace sdcont
