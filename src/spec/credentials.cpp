#include "spec/credentials.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr size_t kMostIdBytes = 255;  // NAME_MAX

std::optional<uint32_t> parse_digits(std::string_view digits, size_t count, uint32_t base) {
  if (digits.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (const char c : digits.substr(0, count)) {
    const std::string_view known = "0123456789abcdef";
    const size_t digit = known.find(lower(std::string_view(&c, 1)));
    if (digit == std::string_view::npos || digit >= base) return std::nullopt;
    value = value * base + static_cast<uint32_t>(digit);
  }
  return value;
}

// False for what is no character.
bool append_utf8(std::string& text, uint32_t point) {
  constexpr uint32_t kLast = 0x10ffff;
  if (point > kLast || (point >= 0xd800 && point <= 0xdfff)) return false;
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | (point >> 12));
    tail(6), tail(0);
  } else {
    text += static_cast<char>(0xf0 | (point >> 18));
    tail(12), tail(6), tail(0);
  }
  return true;
}

/// How many characters the escape at the front takes, after its backslash; 0 where it is none.
size_t take_escape(std::string_view text, std::string& out) {
  if (text.empty()) return 0;
  constexpr std::string_view kNames = "abfnrtvs\\\"'", kMeanings = "\a\b\f\n\r\t\v \\\"'";
  if (const size_t name = kNames.find(text[0]); name != std::string_view::npos) {
    out += kMeanings[name];
    return 1;
  }
  constexpr size_t kByte = 2, kShort = 4, kLong = 8, kOctal = 3;
  const auto number = [&](size_t count) { return parse_digits(text.substr(1), count, 16); };
  if (text[0] == 'x') {
    const auto value = number(kByte);
    if (value) out += static_cast<char>(*value);
    return value ? kByte + 1 : 0;
  }
  if (text[0] == 'u' || text[0] == 'U') {
    const size_t count = text[0] == 'u' ? kShort : kLong;
    const auto value = number(count);
    return value && append_utf8(out, *value) ? count + 1 : 0;
  }
  const auto octal = parse_digits(text, kOctal, 8);
  if (!octal || *octal > 255) return 0;
  out += static_cast<char>(*octal);
  return kOctal;
}

// As systemd does it (cunescape), NUL bytes included.
std::optional<std::string> unescape(std::string_view text) {
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    const size_t taken = take_escape(text.substr(i + 1), value);
    if (taken == 0) return std::nullopt;
    i += taken;
  }
  return value;
}

std::string checked_id(const std::string& text, const char* flag) {
  if (is_credential_id(text)) return text;
  throw Error(std::string(flag) + ": '" + printable(text) + "' is not the name of a credential")
      .remedy("it can have what a file's name may have of ASCII, but no ':'");
}

}  // namespace

bool is_credential_id(std::string_view text) {
  if (text.empty() || text.size() > kMostIdBytes || text == "." || text == "..") return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c < 127 && c != ':' && c != '/'; });
}

std::pair<std::string, std::string> parse_set_credential(const std::string& text) {
  const std::string flag = "--set-credential";
  const size_t colon = text.find(':');
  if (colon == std::string::npos)
    throw Error(flag + ": what was given is not ID:VALUE").remedy("it is not shown, as it may be the secret");
  std::string id = checked_id(text.substr(0, colon), flag.c_str());
  auto value = unescape(std::string_view(text).substr(colon + 1));
  if (!value) {
    throw Error(flag + " " + printable(id) + ": the value has a '\\' that begins no C escape")
        .remedy("write '\\\\' for a backslash, or use --load-credential");
  }
  return {std::move(id), std::move(*value)};
}

Credential parse_load_credential(const std::string& text) {
  const std::string flag = "--load-credential";
  const size_t colon = text.find(':');
  Credential credential{checked_id(text.substr(0, colon), flag.c_str()), {}};
  credential.source = colon == std::string::npos ? credential.id : text.substr(colon + 1);
  if (credential.source.starts_with("./") || credential.source.starts_with("../"))
    credential.source = std::filesystem::current_path().string() + "/" + credential.source;
  if (!credential.source.starts_with('/') && !is_credential_id(credential.source)) {
    throw Error(flag + " " + printable(credential.id) + ": '" + printable(credential.source) +
                "' is neither an absolute path nor the name of a credential")
        .remedy("a path from the working directory begins with ./");
  }
  return credential;
}

}  // namespace sdcont
