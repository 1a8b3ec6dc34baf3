#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "process/terminal_relay.h"
#include "util/error.h"

namespace sdcont {
namespace {

TEST(DetachKeys, AreBytes) {
  EXPECT_EQ(parse_detach_keys("ctrl-p,ctrl-q"), "\x10\x11");
  EXPECT_EQ(parse_detach_keys("CTRL-a,d"),
            "\x01"
            "d");
  EXPECT_EQ(parse_detach_keys("ctrl-@"), std::string(1, '\0'));
  EXPECT_EQ(parse_detach_keys("ctrl-_,ctrl-[,ctrl-\\"), "\x1f\x1b\x1c");
  EXPECT_EQ(parse_detach_keys(""), "");
  for (const char* wrong : {"ctrl-", "ctrl-1", "ctrl-pp", "ab", ",", "a,", " ", "\n", "alt-x"}) {
    EXPECT_THROW(parse_detach_keys(wrong), Error) << wrong;
  }
}

TEST(DetachKeys, AreFoundInPieces) {
  DetachKeys keys("pq");
  EXPECT_EQ(keys.filter("xp"), "x");
  EXPECT_FALSE(keys.found());
  EXPECT_EQ(keys.filter("q"), "");
  EXPECT_TRUE(keys.found());
  EXPECT_EQ(DetachKeys("pq").filter("apqrest"), "a");
}

TEST(DetachKeys, LeaveAllElse) {
  DetachKeys keys("pq");
  EXPECT_EQ(keys.filter("p"), "");
  EXPECT_EQ(keys.filter("p"), "p");
  EXPECT_EQ(keys.filter("x"), "px");
  EXPECT_FALSE(keys.found());
  DetachKeys own("aab");
  EXPECT_EQ(own.filter("aaab"), "a");
  EXPECT_TRUE(own.found());
  DetachKeys mixed("abac");
  EXPECT_EQ(mixed.filter("ababac"), "ab");
  EXPECT_TRUE(mixed.found());
  EXPECT_EQ(DetachKeys("").filter("pq"), "pq");
  EXPECT_FALSE(DetachKeys("").found());
}

class Relay : public testing::Test {
 protected:
  void SetUp() override {
    int master = -1;
    int slave = -1;
    ASSERT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    master_.reset(master);
    slave_.reset(slave);
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    ASSERT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
    ASSERT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
    input_.reset(in[0]);
    typist_.reset(in[1]);
    reader_.reset(out[0]);
    output_.reset(out[1]);
  }

  TerminalRelay relay(const std::string& keys) {
    return {std::move(master_), {.input = input_.get(), .output = output_.get(), .detach_keys = keys}};
  }

  // Until nothing happens for a moment; a pty's other side may take one.
  static void settle(TerminalRelay& relay) {
    for (;;) {
      auto events = relay.wanted();
      if (poll(events.data(), events.size(), 50) <= 0) return;
      relay.handle(events);
    }
  }

  static std::string read_some(const Fd& fd) {
    std::array<char, 256> buffer{};
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    return {buffer.data(), n > 0 ? static_cast<size_t>(n) : 0};
  }

  Fd master_, slave_, input_, typist_, reader_, output_;
};

TEST_F(Relay, PassesBothWays) {
  TerminalRelay both = relay("");
  ASSERT_EQ(write(typist_.get(), "typed\n", 6), 6);
  ASSERT_EQ(write(slave_.get(), "shown", 5), 5);
  settle(both);
  EXPECT_EQ(read_some(slave_), "typed\n");
  // a terminal echoes what is typed
  EXPECT_NE(read_some(reader_).find("shown"), std::string::npos);
  EXPECT_TRUE(both.is_open());
  slave_.reset();
  settle(both);
  EXPECT_FALSE(both.is_open());
}

TEST_F(Relay, IsLeftByItsKeys) {
  TerminalRelay left = relay("\x10\x11");
  ASSERT_EQ(write(typist_.get(), "a\n\x10\x11z", 5), 5);
  settle(left);
  EXPECT_TRUE(left.is_detached());
  EXPECT_EQ(read_some(slave_), "a\n");
}

TEST_F(Relay, EndOfInputIsNoEndOfOutput) {
  TerminalRelay deaf = relay("");
  typist_.reset();
  settle(deaf);
  ASSERT_EQ(write(slave_.get(), "late", 4), 4);
  settle(deaf);
  EXPECT_EQ(read_some(reader_), "late");
}

TEST_F(Relay, OutputThatCannotBeShownClosesIt) {
  std::string said;
  TerminalRelay closed(std::move(master_), {.input = input_.get(),
                                            .output = output_.get(),
                                            .warn = [&](const std::string& text) { said = text; }});
  reader_.reset();
  signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(write(slave_.get(), "x", 1), 1);
  settle(closed);
  EXPECT_FALSE(closed.is_open());
  EXPECT_NE(said.find("cannot write the output"), std::string::npos);
}

}  // namespace
}  // namespace sdcont
