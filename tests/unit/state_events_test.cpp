#include "state/events.h"

#include <poll.h>

#include "rootfs_fixture.h"
#include "util/time.h"

namespace sdcont {
namespace {

constexpr const char* kEventId = "1111111111111111111111111111111111111111111111111111111111111111";

class EventsTest : public RootDirectory {
 protected:
  EventsTest() : paths_({(top() / "lib").string(), (top() / "run").string()}) { Store store(paths_); }

  void note(const std::string& action, size_t padding = 0) {
    note_event(paths_, {7, action, kEventId, {{"name", "web"}, {"padding", std::string(padding, 'x')}}});
  }

  StorePaths paths_;
};

bool has_more(const EventReader& reader) {
  pollfd events{reader.descriptor(), POLLIN, 0};
  return poll(&events, 1, 0) == 1;
}

TEST_F(EventsTest, AreReadAsTheyWereNoted) {
  Record record;
  record.id = kEventId;
  record.name = "web";
  record.image = "debian";
  record.labels = {{"tier", "front"}};
  const Event event = event_of(record, "die", {{"exitCode", "3"}});
  note_event(paths_, event);
  EventReader reader(paths_, EventReader::From::beginning);
  const auto read = reader.next();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->time_ns, event.time_ns);
  EXPECT_EQ(read->action, "die");
  EXPECT_EQ(read->id, kEventId);
  EXPECT_EQ(read->attributes, event.attributes);
  EXPECT_EQ(read->attributes.at("tier"), "front");
  EXPECT_FALSE(reader.next());
}

TEST_F(EventsTest, AreFollowedFromNowOn) {
  note("create");
  EventReader reader(paths_, EventReader::From::end);
  EXPECT_FALSE(reader.next());
  note("start");
  EXPECT_TRUE(has_more(reader));
  EXPECT_EQ(reader.next()->action, "start");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(has_more(reader));
}

TEST_F(EventsTest, AreFollowedWhereTheFileIsNotThereYet) {
  EventReader reader(paths_, EventReader::From::end);
  EXPECT_FALSE(reader.next());
  note("start");
  EXPECT_TRUE(has_more(reader));
  EXPECT_EQ(reader.next()->action, "start");
}

TEST_F(EventsTest, AreFollowedIntoTheNextFile) {
  note("first");
  EventReader follower(paths_, EventReader::From::end);
  note("second", kEventLogSize);
  note("third");
  EXPECT_TRUE(std::filesystem::exists(top() / "run" / "events.log.1"));
  EXPECT_EQ(follower.next()->action, "second");
  EXPECT_EQ(follower.next()->action, "third");
  EXPECT_FALSE(follower.next());
  EventReader reader(paths_, EventReader::From::beginning);
  EXPECT_EQ(reader.next()->action, "first");
  EXPECT_EQ(reader.next()->action, "second");
  EXPECT_EQ(reader.next()->action, "third");
  EXPECT_FALSE(reader.next());
}

TEST_F(EventsTest, DamagedLinesAreLeftOut) {
  write(top() / "run" / "events.log", "{\"half\n\n[]\n");
  note("start");
  EventReader reader(paths_, EventReader::From::beginning);
  EXPECT_EQ(reader.next()->action, "start");
}

TEST(EventTextTest, IsDockersLine) {
  setenv("TZ", "UTC", 1);
  tzset();
  const Event event{
      parse_time("2026-01-02T03:04:05Z").value(), "start", "abc", {{"name", "w\neb"}, {"image", "d"}}};
  EXPECT_EQ(event_text(event), "2026-01-02T03:04:05.000000000Z container start abc (image=d, name=w\\x0aeb)");
}

}  // namespace
}  // namespace sdcont
