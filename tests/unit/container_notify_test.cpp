#include <gtest/gtest.h>

#include "container/notify.h"

namespace sdcont {
namespace {

TEST(Notify, AContainerSpeaksOfItselfAlone) {
  EXPECT_EQ(allowed_notification("READY=1\nSTATUS=up"), "READY=1\nSTATUS=up\n");
  EXPECT_EQ(allowed_notification("MAINPID=1\nREADY=1\nNOTIFYACCESS=all\nFDSTORE=1\nBARRIER=1\n"),
            "READY=1\n");
  EXPECT_EQ(allowed_notification("READY=10"), "");
  EXPECT_EQ(allowed_notification("X_READY=1\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=5"),
            "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=5\n");
  EXPECT_EQ(allowed_notification(""), "");
}

TEST(Notify, WhatTheCommandFindsInItsEnvironment) {
  EXPECT_TRUE(activation_environment({}, "", 1).empty());
  EXPECT_EQ(activation_environment({.listen_fds = 2, .listen_names = "a:b"}, "", 7),
            (std::vector<std::string>{"LISTEN_FDS=2", "LISTEN_PID=7", "LISTEN_FDNAMES=a:b"}));
  EXPECT_EQ(activation_environment({.watchdog_usec = "5"}, "/n", 7),
            (std::vector<std::string>{"NOTIFY_SOCKET=/n", "WATCHDOG_USEC=5"}));
  EXPECT_EQ(preserved_descriptors({.preserve_fds = 3}, {.listen_fds = 2}), 3U);
}

}  // namespace
}  // namespace sdcont
