#include "image/reference.h"

#include <algorithm>
#include <cctype>

#include "spec/names.h"
#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kDefaultDomain = "docker.io";
constexpr const char* kDefaultNamespace = "library/";
constexpr const char* kSha256 = "sha256:";
// The limits of the distribution specification, and docker's.
constexpr size_t kMaxRepository = 255;
constexpr size_t kMaxTag = 128;

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

/// [a-z0-9]+ parts, joined by one '.', one or two '_', or any number of '-'.
bool is_component(const std::string& text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    while (i < text.size() && !is_lower_alnum(text[i])) ++i;
    const std::string separator = text.substr(start, i - start);
    const bool dashes = separator.find_first_not_of('-') == std::string::npos;
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    while (i < text.size() && is_lower_alnum(text[i])) ++i;
  }
  return true;
}

bool is_path(const std::string& text) {
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(), is_component);
}

bool is_tag(const std::string& text) {
  return !text.empty() && text.size() <= kMaxTag && is_word(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

/// HOST[:PORT]; an IPv6 address in brackets.
bool is_domain(const std::string& text) {
  const size_t colon = text.rfind(':');
  const bool bracket = text.starts_with('[');
  const bool has_port = colon != std::string::npos && (!bracket || text[colon - 1] == ']');
  const std::string host = text.substr(0, has_port ? colon : std::string::npos);
  if (has_port) {
    const auto port = parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return false;
  }
  if (bracket) {
    return host.ends_with(']') && host.find_first_not_of("0123456789abcdefABCDEF:", 1) == host.size() - 1;
  }
  const auto labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](unsigned char c) { return isalnum(c) != 0 || c == '-'; });
  });
}

/// docker's rule for whether the first part is a registry: what else could not be in a path.
bool names_domain(const std::string& first) {
  return first == "localhost" || first.find_first_of(".:[") != std::string::npos ||
         std::any_of(first.begin(), first.end(), [](unsigned char c) { return isupper(c) != 0; });
}

[[noreturn]] void refuse_name(const std::string& text, const std::string& why) {
  throw Error("'" + printable(text) + "' is no name of an image: " + why)
      .remedy("a name is [REGISTRY/]PATH[:TAG], in lower case");
}

}  // namespace

std::string Reference::repository() const {
  if (domain != kDefaultDomain) return domain + "/" + path;
  return path.starts_with(kDefaultNamespace) ? path.substr(std::string(kDefaultNamespace).size()) : path;
}

std::string Reference::text() const {
  return repository() + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

bool is_digest(const std::string& text) {
  return text.starts_with(kSha256) && is_id(text.substr(std::string(kSha256).size()));
}

std::string digest_hex(const std::string& digest, const std::string& what) {
  if (!is_digest(digest)) {
    throw Error(what + ": '" + printable(digest) + "' is not a digest that sdcont knows (sha256:…)");
  }
  return digest.substr(std::string(kSha256).size());
}

Reference parse_reference(const std::string& text) {
  Reference reference;
  std::string rest = text;
  if (const size_t at = rest.find('@'); at != std::string::npos) {
    reference.digest = rest.substr(at + 1);
    rest.resize(at);
    if (!is_digest(reference.digest)) refuse_name(text, "what follows the @ is not sha256: and 64 digits");
  }
  const size_t slash = rest.find('/');
  if (slash != std::string::npos && names_domain(rest.substr(0, slash))) {
    reference.domain = rest.substr(0, slash);
    rest.erase(0, slash + 1);
    if (!is_domain(reference.domain))
      refuse_name(text, "'" + printable(reference.domain) + "' is no registry");
  }
  if (const size_t colon = rest.find(':'); colon != std::string::npos) {
    reference.tag = rest.substr(colon + 1);
    rest.resize(colon);
    if (!is_tag(reference.tag)) refuse_name(text, "'" + printable(reference.tag) + "' is no tag");
  }
  if (is_id(rest)) refuse_name(text, "64 hexadecimal digits are an id");
  if (!is_path(rest)) {
    refuse_name(text, rest.empty() ? "it is empty"
                                   : "'" + printable(rest) +
                                         "' has characters or an order of them that a name cannot have");
  }
  if (reference.domain.empty()) reference.domain = kDefaultDomain;
  if (reference.domain == kDefaultDomain && rest.find('/') == std::string::npos)
    rest = kDefaultNamespace + rest;
  reference.path = rest;
  if (reference.repository().size() > kMaxRepository) refuse_name(text, "it is too long");
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

std::string canonical_name(const std::string& word) {
  try {
    Reference reference = parse_reference(word);
    if (!reference.digest.empty()) reference.tag.clear();
    return reference.text();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace sdcont
