#include "container/core_file.h"

#include <gtest/gtest.h>

namespace sdcont {
namespace {

TEST(CoreFile, IsWhereThePatternSays) {
  EXPECT_EQ(core_place("core.%p", "/srv", "web"),
            "in the container, as /srv/core.%p (kernel.core_pattern): sdcont cp web:/srv/…");
  EXPECT_EQ(core_place("core", "/", "web"),
            "in the container, as /core (kernel.core_pattern): sdcont cp web:/…");
  EXPECT_EQ(core_place("/var/crash/%e.core", "/srv", "web"),
            "in the container, as /var/crash/%e.core (kernel.core_pattern): sdcont cp web:/var/crash/…");
  EXPECT_EQ(core_place("|/usr/bin/apport %p", "/", "web"),
            "with /usr/bin/apport, which takes the cores here");
  EXPECT_EQ(core_place("", "/", "web"), "") << "cores are not kept";
  EXPECT_EQ(core_place("|", "/", "web"), "");
}

TEST(CoreFile, TheLastOfTheJournalIsTaken) {
  EXPECT_EQ(core_in_journal("{\"COREDUMP_FILENAME\":\"/var/lib/systemd/coredump/core.a.zst\"}\n"
                            "{\"COREDUMP_FILENAME\":\"/var/lib/systemd/coredump/core.b.zst\"}\n"),
            "/var/lib/systemd/coredump/core.b.zst");
  EXPECT_EQ(core_in_journal("{\"MESSAGE\":\"x\"}\nno json\n[1]\n{\"COREDUMP_FILENAME\":null}\n"), "");
}

TEST(CoreFile, WhoLeftNoneHasNone) {
  Record record;
  EXPECT_EQ(find_core(record, "/"), "");
  record.exit.emplace();
  record.exit->explanation = "killed by SIGSEGV";
  EXPECT_EQ(find_core(record, "/"), "");
}

}  // namespace
}  // namespace sdcont
