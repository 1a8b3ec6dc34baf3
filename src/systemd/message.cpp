#include "systemd/message.h"

#include <bit>

namespace sdcont {
namespace {

constexpr char kByteOrder = std::endian::native == std::endian::little ? 'l' : 'B';
constexpr uint8_t kProtocol = 1;
constexpr size_t kFixedHeader = 16;  // with the length of the fields
constexpr size_t kMostBytes = size_t{128} << 20;

enum Field : uint8_t {
  kPath = 1,
  kInterface = 2,
  kMember = 3,
  kErrorName = 4,
  kReplySerial = 5,
  kDestination = 6,
  kSignature = 8
};

void write_field(MessageWriter& out, Field field, const char* type, const std::string& value) {
  if (value.empty()) return;
  out.align(8);
  out.byte(field);
  out.signature(type);
  if (*type == 'g') {
    out.signature(value);
  } else {
    out.text(value);
  }
}

size_t aligned(size_t size) { return (size + 7) / 8 * 8; }

// Where the value of a field belongs that is a text; nowhere for those that tell us nothing.
std::string* text_of(IncomingMessage& message, uint8_t field) {
  switch (field) {
    case kPath:
      return &message.path;
    case kInterface:
      return &message.interface;
    case kMember:
      return &message.member;
    case kErrorName:
      return &message.error_name;
    case kSignature:
      return &message.signature;
    default:
      return nullptr;
  }
}

void read_field(MessageReader& in, IncomingMessage& message) {
  in.align(8);
  const uint8_t field = in.byte();
  const std::string type = in.signature();
  if (type == "u") {
    const auto number = in.number<uint32_t>();
    if (field == kReplySerial) message.answers = number;
    return;
  }
  std::string value = type == "g" ? in.signature() : in.text();
  if (std::string* text = text_of(message, field)) *text = std::move(value);
}

}  // namespace

void MessageWriter::text(std::string_view value) {
  number(static_cast<uint32_t>(value.size()));
  out_.append(value);
  out_.push_back('\0');
}

void MessageWriter::signature(std::string_view value) {
  byte(static_cast<uint8_t>(value.size()));
  out_.append(value);
  out_.push_back('\0');
}

std::string_view MessageReader::take(size_t size) {
  if (!good_ || size > bytes_.size() - at_) {
    good_ = false;
    return {};
  }
  at_ += size;
  return bytes_.substr(at_ - size, size);
}

std::string MessageReader::zero_terminated(size_t size) {
  const std::string_view text = take(size);
  take(1);
  return good_ ? std::string(text) : std::string();
}

std::string MessageReader::text() {
  const auto size = number<uint32_t>();
  return zero_terminated(size);
}

std::string MessageReader::signature() {
  const uint8_t size = byte();
  return zero_terminated(size);
}

std::string encode(const MethodCall& call, uint32_t serial) {
  MessageWriter out;
  out.byte(static_cast<uint8_t>(kByteOrder));
  out.byte(static_cast<uint8_t>(IncomingMessage::Type::call));
  out.byte(0);  // flags
  out.byte(kProtocol);
  out.number(static_cast<uint32_t>(call.arguments.size()));
  out.number(serial);
  out.array(8, [&] {
    write_field(out, kPath, "o", call.path);
    write_field(out, kInterface, "s", call.interface);
    write_field(out, kMember, "s", call.member);
    write_field(out, kDestination, "s", call.destination);
    write_field(out, kSignature, "g", call.signature);
  });
  out.align(8);
  return out.bytes() + call.arguments;
}

std::optional<size_t> message_size(std::string_view bytes) {
  if (bytes.size() < kFixedHeader) return std::nullopt;
  MessageReader in(bytes.substr(0, kFixedHeader));
  const bool ours = in.byte() == static_cast<uint8_t>(kByteOrder);
  in.byte();
  in.byte();
  const uint8_t protocol = in.byte();
  const auto body = in.number<uint32_t>();
  in.number<uint32_t>();
  const auto fields = in.number<uint32_t>();
  if (!ours || protocol != kProtocol || body > kMostBytes || fields > kMostBytes) return 0;
  return aligned(kFixedHeader + fields) + body;
}

std::optional<IncomingMessage> decode(std::string_view bytes) {
  IncomingMessage message;
  MessageReader in(bytes);
  in.byte();
  message.type = static_cast<IncomingMessage::Type>(in.byte());
  in.byte();
  in.byte();
  const auto body = in.number<uint32_t>();
  in.number<uint32_t>();
  const auto fields = in.number<uint32_t>();
  while (in.good() && in.position() < kFixedHeader + fields) read_field(in, message);
  if (!in.good() || body > bytes.size()) return std::nullopt;
  message.body = bytes.substr(bytes.size() - body);
  return message;
}

}  // namespace sdcont
