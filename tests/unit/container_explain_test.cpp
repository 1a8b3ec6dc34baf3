#include "container/explain.h"

#include <gtest/gtest.h>

#include <csignal>

namespace sdcont {
namespace {

End exited(int status) {
  End end;
  end.init.si_code = CLD_EXITED;
  end.init.si_status = status;
  return end;
}

End killed(int signal) {
  End end;
  end.init.si_code = CLD_KILLED;
  end.init.si_status = signal;
  return end;
}

TEST(ExplainTest, Exits) {
  const ExitRecord record = explain(exited(3));
  EXPECT_EQ(record.status, 3);
  EXPECT_EQ(record.reason, Reason::exited);
  EXPECT_EQ(record.explanation, "exited with status 3");
}

TEST(ExplainTest, Signals) {
  const ExitRecord record = explain(killed(SIGSEGV));
  EXPECT_EQ(record.status, 139);
  EXPECT_EQ(record.signal, SIGSEGV);
  EXPECT_EQ(record.reason, Reason::signalled);
  EXPECT_EQ(record.explanation, "killed by SIGSEGV");
}

TEST(ExplainTest, OwnMemoryLimit) {
  End end = killed(SIGKILL);
  end.usage.oom_kills = 1;
  end.usage.oom_events = 1;
  end.usage.memory_limit = 100 << 20;
  end.usage.memory_peak = 100 << 20;
  const ExitRecord record = explain(end);
  EXPECT_EQ(record.status, 137);
  EXPECT_EQ(record.reason, Reason::out_of_memory);
  EXPECT_NE(record.explanation.find("memory.max 100M of this container reached"), std::string::npos);
}

TEST(ExplainTest, ShutDownFromInside) {
  End end = killed(SIGINT);
  EXPECT_EQ(explain(end).status, 130) << "in the host's pid namespace";
  end.is_first_process = true;
  EXPECT_EQ(explain(end).status, 0);
  EXPECT_EQ(explain(end).signal, 0);
  EXPECT_EQ(explain(end).reason, Reason::exited);
  EXPECT_EQ(explain(end).explanation, "powered off");
  end.cause = Reason::stopped;
  EXPECT_EQ(explain(end).explanation, "stopped: powered off");
  end = killed(SIGHUP);
  end.is_first_process = true;
  EXPECT_EQ(explain(end).explanation, "rebooted (SIGHUP)");
  EXPECT_EQ(explain(end).status, 129) << "a failure, for --restart=on-failure to boot it again";
  end = killed(SIGTERM);
  end.is_first_process = true;
  EXPECT_EQ(explain(end).status, 143);
}

TEST(ExplainTest, MemoryLimitAbove) {
  End end = killed(SIGKILL);
  end.usage.oom_kills = 1;
  end.before = {{"/cg/sdcont.slice", 4, kUnlimited}, {"/cg", 0, kUnlimited}};
  end.after = {{"/cg/sdcont.slice", 5, 64 << 20}, {"/cg", 0, kUnlimited}};
  EXPECT_NE(explain(end).explanation.find("the memory limit of sdcont.slice above it reached (64M)"),
            std::string::npos);
  end.after[0].events = 4;
  EXPECT_NE(explain(end).explanation.find("the host ran out of memory"), std::string::npos);
}

TEST(ExplainTest, AChildThatWasKilledForMemory) {
  End end = exited(1);
  end.usage.oom_kills = 2;
  const ExitRecord record = explain(end);
  EXPECT_EQ(record.reason, Reason::exited) << "the command itself went on";
  EXPECT_NE(record.explanation.find("ended 2 processes in it"), std::string::npos);
}

TEST(ExplainTest, TimesThatRanOut) {
  End end = killed(SIGTERM);
  end.cause = Reason::timeout;
  EXPECT_EQ(explain(end).explanation, "its --timeout ran out: killed by SIGTERM");
  end.ran_out = "RuntimeMaxSec";
  EXPECT_EQ(explain(end).explanation, "its RuntimeMaxSec ran out: killed by SIGTERM");
  end.cause = Reason::stopped;
  EXPECT_EQ(explain(end).explanation, "stopped: killed by SIGTERM");
}

TEST(ExplainTest, TasksLimits) {
  End end = exited(2);
  end.usage.tasks_limit = 50;
  end.usage.tasks_peak = 50;
  end.usage.tasks_limit_hits = 1;
  EXPECT_NE(explain(end).explanation.find("tasks limit of 50 hit 1 time"), std::string::npos);
  end.usage.tasks_peak = 20;
  EXPECT_NE(explain(end).explanation.find("a tasks limit above this container"), std::string::npos);
}

TEST(ExplainTest, SystemdOomd) {
  End end = killed(SIGKILL);
  end.oomd_kills = 3;
  const ExitRecord record = explain(end);
  EXPECT_EQ(record.reason, Reason::out_of_memory);
  EXPECT_EQ(record.status, 137);
  EXPECT_EQ(
      record.explanation,
      "killed by systemd-oomd, which ended 3 processes in it: memory or swap, of it or of a slice above "
      "it, was under too much pressure");
  end.usage.oom_kills = 1;
  EXPECT_EQ(explain(end).explanation, "killed by the out-of-memory killer: the host ran out of memory")
      << "the kernel was the first";
  end = exited(0);
  end.oomd_kills = 1;
  EXPECT_EQ(explain(end).reason, Reason::exited);
}

}  // namespace
}  // namespace sdcont
