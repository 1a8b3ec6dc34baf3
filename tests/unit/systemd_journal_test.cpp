#include "systemd/journal.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <optional>

#include "rootfs_fixture.h"
#include "util/file.h"

namespace sdcont {
namespace {

/// journald's end.
class JournalTest : public RootDirectory {
 protected:
  JournalTest() : path_((top() / "socket").string()) { listen(); }

  void listen() {
    unlink(path_.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    journald_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_EQ(bind(journald_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  struct Received {
    std::string text;
    Fd file;
  };
  [[nodiscard]] std::optional<Received> receive() const {
    Received got;
    got.text.resize(1 << 20);
    alignas(cmsghdr) std::array<char, 64> control{};
    iovec part{got.text.data(), got.text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = recvmsg(journald_.get(), &message, MSG_CMSG_CLOEXEC);
    if (n < 0) return std::nullopt;
    got.text.resize(static_cast<size_t>(n));
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(header), sizeof fd);
      got.file.reset(fd);
    }
    return got;
  }

  std::string path_;
  Fd journald_;
};

TEST_F(JournalTest, FieldsAreLinesAndValuesWithLineBreaksHaveTheirLength) {
  Journal journal(path_);
  const std::array<JournalField, 2> fields = {{{"MESSAGE", "two\nlines"}, {"PRIORITY", "6"}}};
  ASSERT_EQ(journal.send(fields), JournalResult::sent);
  const auto got = receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->text, std::string("MESSAGE\n\x09\0\0\0\0\0\0\0two\nlines\nPRIORITY=6\n", 37));
}

TEST_F(JournalTest, WhatNoDatagramHoldsGoesAsASealedFile) {
  Journal journal(path_);
  const std::string big(30'000'000, 'x');
  const std::array<JournalField, 1> fields = {{{"MESSAGE", big}}};
  ASSERT_EQ(journal.send(fields), JournalResult::sent);
  const auto got = receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->text, "");
  ASSERT_TRUE(got->file);
  struct stat st {};
  ASSERT_EQ(fstat(got->file.get(), &st), 0);
  EXPECT_EQ(st.st_size, 30'000'009);
  EXPECT_NE(fcntl(got->file.get(), F_GET_SEALS) & F_SEAL_WRITE, 0);
}

TEST_F(JournalTest, NeverWaitsForJournald) {
  Journal journal(path_);
  const std::array<JournalField, 1> fields = {{{"MESSAGE", "x"}}};
  JournalResult result = JournalResult::sent;
  size_t sent = 0;
  for (; result == JournalResult::sent && sent < 1'000'000; ++sent) result = journal.send(fields);
  EXPECT_EQ(result, JournalResult::would_block);
  ASSERT_TRUE(receive());
  EXPECT_EQ(journal.send(fields), JournalResult::sent) << "there is room again";
}

TEST_F(JournalTest, FindsASocketThatWasMadeAnew) {
  Journal journal(path_);
  const std::array<JournalField, 1> fields = {{{"MESSAGE", "x"}}};
  ASSERT_EQ(journal.send(fields), JournalResult::sent);
  listen();
  EXPECT_EQ(journal.send(fields), JournalResult::sent);
  EXPECT_TRUE(receive());
  journald_.reset();
  EXPECT_EQ(journal.send(fields), JournalResult::absent);
}

TEST(JournalAbsentTest, IsNoError) {
  Journal journal("/nonexistent/socket");
  EXPECT_EQ(journal.send({}), JournalResult::absent);
  EXPECT_EQ(journal.descriptor(), -1);
}

}  // namespace
}  // namespace sdcont
