#include "systemd/message.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace sdcont {
namespace {

std::string bytes_of(const MessageWriter& out) { return out.bytes(); }

TEST(MessageWriterTest, AlignsEachValueByItsOwnSize) {
  if (std::endian::native != std::endian::little)
    GTEST_SKIP() << "not here: the bytes are those of little endian";
  MessageWriter out;
  out.byte(1);
  out.number(uint32_t{2});
  out.byte(3);
  out.number(uint64_t{4});
  EXPECT_EQ(bytes_of(out), std::string("\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0", 24));
}

TEST(MessageWriterTest, TextsEndWithAZeroThatTheirLengthDoesNotCount) {
  if (std::endian::native != std::endian::little)
    GTEST_SKIP() << "not here: the bytes are those of little endian";
  MessageWriter out;
  out.text("ab");
  out.signature("a{sv}");
  EXPECT_EQ(bytes_of(out), std::string("\2\0\0\0ab\0\5a{sv}\0", 14));
}

TEST(MessageWriterTest, AnArraysLengthLeavesOutThePaddingBeforeItsFirstElement) {
  MessageWriter out;
  out.array(8, [&] { out.number(uint64_t{7}); });
  out.array(8, [] {});
  MessageReader in(out.bytes());
  EXPECT_EQ(in.number<uint32_t>(), 8u);
  in.align(8);
  EXPECT_EQ(in.number<uint64_t>(), 7u);
  EXPECT_EQ(in.number<uint32_t>(), 0u);
  EXPECT_EQ(out.bytes().size(), 24u);  // padded to where an element would begin
  EXPECT_TRUE(in.good());
}

TEST(MessageReaderTest, SaysWhereBytesAreMissing) {
  MessageWriter out;
  out.text("unit");
  const std::string whole = out.bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    MessageReader in(std::string_view(whole).substr(0, size));
    EXPECT_EQ(in.text(), "") << size;
    EXPECT_FALSE(in.good()) << size;
    EXPECT_EQ(in.number<uint32_t>(), 0u);
  }
  MessageReader in(whole);
  EXPECT_EQ(in.text(), "unit");
  EXPECT_TRUE(in.good());
}

std::string a_call() {
  MessageWriter arguments;
  arguments.text("web.scope");
  return encode({"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                 "GetUnit", "s", arguments.bytes()},
                7);
}

TEST(MessageTest, IsReadAsItWasWritten) {
  const std::string bytes = a_call();
  EXPECT_EQ(message_size(bytes), bytes.size());
  EXPECT_EQ(message_size(bytes + "the next one"), bytes.size());
  const auto message = decode(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, IncomingMessage::Type::call);
  EXPECT_EQ(message->path, "/org/freedesktop/systemd1");
  EXPECT_EQ(message->interface, "org.freedesktop.systemd1.Manager");
  EXPECT_EQ(message->member, "GetUnit");
  EXPECT_EQ(message->signature, "s");
  EXPECT_EQ(MessageReader(message->body).text(), "web.scope");
}

TEST(MessageTest, IsWaitedForUntilItsSizeIsKnown) {
  const std::string bytes = a_call();
  for (size_t size = 0; size < 16; ++size)
    EXPECT_FALSE(message_size(std::string_view(bytes).substr(0, size))) << size;
}

TEST(MessageTest, OfAnotherByteOrderOrProtocolIsNone) {
  std::string bytes = a_call();
  bytes[0] = bytes[0] == 'l' ? 'B' : 'l';
  EXPECT_EQ(message_size(bytes), 0u);
  bytes = a_call();
  bytes[3] = 2;
  EXPECT_EQ(message_size(bytes), 0u);
  bytes = a_call();
  bytes[7] = bytes[4] = '\xff';  // a body of more than a message may have
  EXPECT_EQ(message_size(bytes), 0u);
}

TEST(MessageTest, DamagedFieldsAreNoMessage) {
  const std::string whole = a_call();
  for (size_t at = 12; at < 100; ++at) {
    std::string bytes = whole;
    bytes[at] = '\x7f';
    const auto size = message_size(bytes);
    if (size == bytes.size()) static_cast<void>(decode(bytes));  // whatever it says, it reads nothing else
  }
  std::string cut = whole;
  cut.resize(40);
  EXPECT_FALSE(decode(cut));
}

}  // namespace
}  // namespace sdcont
