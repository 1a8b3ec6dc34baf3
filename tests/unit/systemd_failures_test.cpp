#include "systemd/failures.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "systemd/manager.h"

namespace sdcont {
namespace {

BusReply failed(const char* name, const char* text = "") { return {name, text, {}}; }

std::string text_of(const BusReply& reply) {
  try {
    throw_bus_failure("cannot start web.scope", reply);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Failures, TellsLostFromRefused) {
  EXPECT_TRUE(is_lost(failed("org.freedesktop.DBus.Error.NoReply")));
  EXPECT_TRUE(is_lost(failed("org.freedesktop.DBus.Error.Disconnected")));
  EXPECT_TRUE(is_lost(failed("System.Error.ENOTCONN")));
  EXPECT_TRUE(is_lost(failed(kBusTimeout)));
  EXPECT_FALSE(is_lost(failed("org.freedesktop.DBus.Error.AccessDenied")));
  EXPECT_FALSE(is_lost(BusReply()));
  EXPECT_TRUE(is_transient(failed("org.freedesktop.DBus.Error.LimitsExceeded")));
  EXPECT_TRUE(is_transient(failed("org.freedesktop.DBus.Error.Spawn.ChildExited")));
  EXPECT_FALSE(is_transient(failed("org.freedesktop.DBus.Error.NoReply")));
}

TEST(Failures, FindsThePropertyThatSystemdDoesNotKnow) {
  const auto reply = failed("org.freedesktop.DBus.Error.PropertyReadOnly",
                            "Cannot set property MemoryZSwapMax, or unknown property.");
  EXPECT_EQ(unknown_property(reply), "MemoryZSwapMax");
  try {
    throw_bus_failure("cannot start web.scope", reply);
  } catch (const UnknownProperty& error) {
    EXPECT_EQ(error.property(), "MemoryZSwapMax");
    EXPECT_STREQ(error.what(),
                 "cannot start web.scope: this systemd does not know the property MemoryZSwapMax");
  }
}

TEST(Failures, TakesNoOtherMessageForAnUnknownProperty) {
  EXPECT_EQ(unknown_property(failed("org.freedesktop.DBus.Error.InvalidArgs", "Invalid slice name")), "");
  EXPECT_EQ(unknown_property(failed("org.freedesktop.DBus.Error.PropertyReadOnly", "Cannot set property ")),
            "");
  EXPECT_EQ(unknown_property(failed("org.freedesktop.DBus.Error.PropertyReadOnly", ", or unknown property.")),
            "");
  EXPECT_EQ(unknown_property(failed("org.freedesktop.systemd1.BadUnitSetting",
                                    "Cannot set property X, or unknown property.")),
            "");
}

TEST(Failures, ExplainsARefusal) {
  const std::string text = text_of(failed("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                                          "Interactive authentication required."));
  EXPECT_EQ(text.find("cannot start web.scope: Interactive authentication required; "), 0u) << text;
  EXPECT_NE(text_of(failed("System.Error.ENXIO")).find("another type"), std::string::npos);
  EXPECT_EQ(text_of(failed("org.freedesktop.DBus.Error.InvalidArgs", "No PIDs.\x1b[2J")),
            "cannot start web.scope: systemd says: No PIDs.\\x1b[2J");
}

TEST(Failures, HasWordsForEveryResultOfAJob) {
  for (const char* result : {"canceled", "timeout", "failed", "dependency", "skipped", "invalid", "assert",
                             "unsupported", "collected", "once", "frozen"}) {
    try {
      throw_job_failure("cannot start web.scope", "web.scope", result);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("its job ended with"), std::string::npos) << result;
      EXPECT_NE(error.failure().remedy.find("journalctl -u web.scope"), std::string::npos);
    }
  }
  EXPECT_THROW(throw_job_failure("cannot start web.scope", "web.scope", "new-in-299"), Error);
}

TEST(Booted, IsADirectoryAndNoLink) {
  char run[] = "/tmp/sdcont-booted-XXXXXX";
  ASSERT_NE(mkdtemp(run), nullptr);
  const std::string root = run;
  EXPECT_FALSE(systemd_booted(root));
  ASSERT_EQ(mkdir((root + "/systemd").c_str(), 0755), 0);
  ASSERT_EQ(symlink("/", (root + "/systemd/system").c_str()), 0);
  EXPECT_FALSE(systemd_booted(root));
  ASSERT_EQ(unlink((root + "/systemd/system").c_str()), 0);
  ASSERT_EQ(mkdir((root + "/systemd/system").c_str(), 0755), 0);
  EXPECT_TRUE(systemd_booted(root));
  rmdir((root + "/systemd/system").c_str());
  rmdir((root + "/systemd").c_str());
  rmdir(run);
}

}  // namespace
}  // namespace sdcont
