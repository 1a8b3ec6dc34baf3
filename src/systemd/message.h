#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sdcont {

/// Writes values as D-Bus has them (Specification, "Marshaling"), in this machine's byte order.
class MessageWriter {
 public:
  void byte(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void boolean(bool value) { number<uint32_t>(value ? 1 : 0); }
  template <typename Number>
  void number(Number value) {
    align(sizeof value);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  /// Of type s or o.
  void text(std::string_view value);
  /// Of type g.
  void signature(std::string_view value);
  /// Structs and what an array of them has begin at 8.
  void align(size_t boundary) { out_.append((boundary - out_.size() % boundary) % boundary, '\0'); }
  /// `body` writes the elements, each of which begins at `boundary`.
  template <typename Body>
  void array(size_t boundary, Body body) {
    number<uint32_t>(0);
    const size_t length = out_.size() - sizeof(uint32_t);
    align(boundary);
    const size_t begin = out_.size();
    body();
    const auto written = static_cast<uint32_t>(out_.size() - begin);
    out_.replace(length, sizeof written, reinterpret_cast<const char*>(&written), sizeof written);
  }

  [[nodiscard]] const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

/// Reads such values; whatever does not fit into the bytes is zero or empty, and good() is false from then
/// on.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number number() {
    Number value{};
    align(sizeof value);
    const std::string_view read = take(sizeof value);
    if (good_) read.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  uint8_t byte() { return number<uint8_t>(); }
  std::string text();
  std::string signature();
  void align(size_t boundary) { take((boundary - at_ % boundary) % boundary); }

  [[nodiscard]] size_t position() const { return at_; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view take(size_t size);
  std::string zero_terminated(size_t size);

  std::string_view bytes_;
  size_t at_ = 0;
  bool good_ = true;
};

/// A method's call.
struct MethodCall {
  std::string destination, path, interface, member;
  std::string signature;  ///< of the arguments; empty: none
  std::string arguments;
};

/// The whole of a call as it is sent.
std::string encode(const MethodCall& call, uint32_t serial);

/// What came in: an answer, an error or a signal.
struct IncomingMessage {
  enum class Type : uint8_t { call = 1, answer = 2, error = 3, signal = 4 };
  Type type = Type::call;
  uint32_t answers = 0;  ///< the serial of the call
  std::string path, interface, member, error_name, signature;
  std::string body;
};

/// How many bytes a message has of which the first are here; nothing where they do not tell yet, and 0 where
/// this is no message that we understand.
std::optional<size_t> message_size(std::string_view bytes);
/// Nothing where the bytes, of that number, are no message.
std::optional<IncomingMessage> decode(std::string_view bytes);

}  // namespace sdcont
