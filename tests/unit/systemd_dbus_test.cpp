// The connection with a peer that behaves badly; with a real bus it is systemd_bus_test.cpp's.
#include "systemd/dbus.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <thread>

namespace sdcont {
namespace {

using namespace std::chrono_literals;

const std::string kLetIn = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";

/// A message of ours turned into what a peer answers to the first call: the same type of header, another
/// type.
std::string answer_to_first(uint8_t type, const std::string& text) {
  MessageWriter out;
  MessageWriter body;
  body.text(text);
  const std::string call = encode({}, 1);
  out.byte(static_cast<uint8_t>(call[0]));
  out.byte(type);
  out.byte(0);
  out.byte(1);
  out.number(static_cast<uint32_t>(body.bytes().size()));
  out.number(uint32_t{9});
  out.array(8, [&] {
    out.byte(5);  // the serial that it answers
    out.signature("u");
    out.number(uint32_t{1});
    out.align(8);
    out.byte(4);  // an error's name
    out.signature("s");
    out.text("test.Refused");
    out.align(8);
    out.byte(8);
    out.signature("g");
    out.signature("s");
  });
  out.align(8);
  return out.bytes() + body.bytes();
}

class DBus : public ::testing::Test {
 protected:
  /// What the peer says, in pieces of so many bytes, once it has been spoken to; then it waits, or hangs up.
  void peer_says(const std::string& text, size_t piece, bool hangs_up) {
    name_ = "sdcont-dbus-test-" + std::to_string(getpid());
    listener_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    name_.copy(where.sun_path + 1, name_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
    ASSERT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&where), size), 0);
    ASSERT_EQ(listen(listener_.get(), 1), 0);
    peer_ = std::thread([this, text, piece, hangs_up] {
      const Fd peer(accept(listener_.get(), nullptr, nullptr));
      char buffer[4096];
      if (recv(peer.get(), buffer, sizeof buffer, 0) <= 0) return;
      for (size_t at = 0; at < text.size(); at += piece) {
        const std::string part = text.substr(at, piece);
        send(peer.get(), part.data(), part.size(), MSG_NOSIGNAL);
        std::this_thread::sleep_for(100us);
      }
      while (!hangs_up && recv(peer.get(), buffer, sizeof buffer, 0) > 0) {
      }
    });
  }

  std::string call_fails_with() {
    std::string name;
    try {
      DBusConnection bus("unix:path=/nonexistent;unix:abstract=" + name_);
      bus.on_signal = [&](const IncomingMessage&) { ++signals_; };
      const auto answer = bus.call({"a.b", "/a", "a.b", "C", "", ""}, DBusConnection::Clock::now() + 300ms);
      said_ = MessageReader(answer.body).text();
    } catch (const DBusError& error) {
      name = error.name;
      said_ = error.text;
    }
    peer_.join();
    return name;
  }

  Fd listener_;
  std::thread peer_;
  std::string name_, said_;
  int signals_ = 0;
};

TEST_F(DBus, TakesAnAnswerThatComesByteByByteBehindSignals) {
  peer_says(kLetIn + answer_to_first(4, "signal") + answer_to_first(2, "the answer"), 1, false);
  EXPECT_EQ(call_fails_with(), "");
  EXPECT_EQ(said_, "the answer");
  EXPECT_EQ(signals_, 1);
}

TEST_F(DBus, TellsAnErrorByItsNameAndText) {
  peer_says(kLetIn + answer_to_first(3, "it may not"), 4096, false);
  EXPECT_EQ(call_fails_with(), "test.Refused");
  EXPECT_EQ(said_, "it may not");
}

TEST_F(DBus, IsNotLetIn) {
  peer_says("REJECTED EXTERNAL\r\n", 4096, false);
  EXPECT_EQ(call_fails_with(), "org.freedesktop.DBus.Error.AuthFailed");
}

TEST_F(DBus, SaysThatThePeerHungUp) {
  peer_says(kLetIn + answer_to_first(2, "the answer").substr(0, 20), 4096, true);
  EXPECT_EQ(call_fails_with(), "org.freedesktop.DBus.Error.Disconnected");
}

TEST_F(DBus, DoesNotWaitForeverForOneThatIsSilent) {
  peer_says(kLetIn, 4096, false);
  EXPECT_EQ(call_fails_with(), "org.freedesktop.DBus.Error.Timeout");
}

TEST_F(DBus, RefusesWhatIsNoMessage) {
  peer_says(kLetIn + std::string(64, 'x'), 4096, false);
  EXPECT_EQ(call_fails_with(), "org.freedesktop.DBus.Error.InconsistentMessage");
}

TEST(DBusAddress, IsOfAKindThatWeUnderstand) {
  for (const char* address : {"", "tcp:host=localhost", "unix:tmpdir=/tmp"}) {
    try {
      DBusConnection bus(address);
      FAIL() << address;
    } catch (const DBusError& error) {
      EXPECT_EQ(error.name, "System.Error.EPROTONOSUPPORT") << address;
    }
  }
}

}  // namespace
}  // namespace sdcont
