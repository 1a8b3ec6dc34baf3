#include <arpa/inet.h>

#include <array>

#include "limits/property.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// One address, with its host bits cleared, as systemd compares them.
IpPrefix parse_prefix(std::string_view text, std::string_view what, std::string_view all) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  IpPrefix prefix{.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6};
  prefix.address.resize(prefix.family == AF_INET ? 4 : 16);
  const auto bits = static_cast<uint32_t>(prefix.address.size() * 8);
  const auto length = slash == std::string_view::npos ? bits : parse_unsigned(text.substr(slash + 1));
  if (inet_pton(prefix.family, address.c_str(), prefix.address.data()) != 1 || !length || *length > bits) {
    throw Error(std::string(what) + ": '" + printable(all) +
                "' is no list of addresses like 10.0.0.0/8, nor any, localhost, link-local or multicast");
  }
  prefix.prefix_length = static_cast<uint32_t>(*length);
  for (uint32_t bit = prefix.prefix_length; bit < bits; ++bit) {
    prefix.address[bit / 8] &= static_cast<uint8_t>(~(0x80U >> (bit % 8)));
  }
  return prefix;
}

/// systemd's names for pairs of prefixes, as systemd.resource-control(5) lists them.
std::array<const char*, 2> named_prefixes(const std::string& name) {
  if (name == "any") return {"0.0.0.0/0", "::/0"};
  if (name == "localhost") return {"127.0.0.0/8", "::1/128"};
  if (name == "link-local") return {"169.254.0.0/16", "fe80::/64"};
  if (name == "multicast") return {"224.0.0.0/4", "ff00::/8"};
  return {};
}

}  // namespace

std::vector<IpPrefix> parse_ip_prefixes(std::string_view text, std::string_view what) {
  std::vector<IpPrefix> prefixes;
  std::string separated(text);
  for (char& c : separated) c = c == ',' ? ' ' : c;
  for (const std::string& word : words(separated)) {
    const auto named = named_prefixes(word);
    if (named[0] == nullptr) {
      prefixes.push_back(parse_prefix(word, what, text));
      continue;
    }
    for (const char* prefix : named) prefixes.push_back(parse_prefix(prefix, what, text));
  }
  if (prefixes.empty()) throw Error(std::string(what) + ": no address is given");
  return prefixes;
}

std::string render_ip_prefix(const IpPrefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(prefix.family, prefix.address.data(), text.data(), text.size()) == nullptr) return "?";
  return std::string(text.data()) + "/" + std::to_string(prefix.prefix_length);
}

}  // namespace sdcont
