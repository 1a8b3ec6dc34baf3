#include "spec/names.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr std::array kAdjectives = {
    "able",  "bold",   "brave",   "brisk",  "calm",   "clear",  "clever", "cool",   "eager",  "fair",
    "fast",  "fine",   "fond",    "free",   "fresh",  "gentle", "glad",   "grand",  "happy",  "honest",
    "keen",  "kind",   "light",   "lively", "loyal",  "lucky",  "mellow", "modest", "neat",   "nice",
    "noble", "open",   "patient", "plain",  "polite", "proud",  "quick",  "quiet",  "rapid",  "ready",
    "sharp", "silent", "simple",  "smart",  "smooth", "solid",  "steady", "still",  "strong", "sunny",
    "swift", "tidy",   "true",    "vivid",  "warm",   "wise"};
constexpr std::array kSurnames = {
    "backus",   "bartik",    "berezin",   "bell",    "bjarne",    "church",   "conway",   "curie",
    "diffie",   "dijkstra",  "engelbart", "euler",   "fermat",    "floyd",    "galois",   "gauss",
    "goldberg", "hamilton",  "hellman",   "hoare",   "holberton", "hopper",   "jennings", "johnson",
    "keller",   "kernighan", "knuth",     "lamport", "leibniz",   "liskov",   "lovelace", "mccarthy",
    "meitner",  "mills",     "minsky",    "neumann", "noether",   "pascal",   "perlman",  "ritchie",
    "sammet",   "shannon",   "sinoussi",  "spence",  "stallings", "thompson", "torvalds", "turing",
    "wilkes",   "wing",      "wirth",     "zuse"};

void fill_random(void* buffer, size_t size) {
  // at most 256 bytes are never cut short (getrandom(2))
  if (getrandom(buffer, size, 0) != static_cast<ssize_t>(size)) throw_errno("cannot get random numbers");
}

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool consists_of(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alnum(c) || punctuation.find(c) != std::string_view::npos; });
}

}  // namespace

std::string random_id() {
  std::array<unsigned char, 32> bytes{};
  fill_random(bytes.data(), bytes.size());
  constexpr const char* kDigits = "0123456789abcdef";
  std::string id;
  for (const unsigned char byte : bytes) id.append({kDigits[byte >> 4], kDigits[byte & 15]});
  return id;
}

std::string random_name() {
  std::array<uint16_t, 2> numbers{};
  fill_random(numbers.data(), sizeof numbers);
  return std::string(kAdjectives[numbers[0] % kAdjectives.size()]) + "_" +
         kSurnames[numbers[1] % kSurnames.size()];
}

std::string short_id(const std::string& id) { return id.substr(0, 12); }

std::string container_uuid(const std::string& id) {
  std::string uuid;
  for (size_t i = 0; i < 32 && i < id.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) uuid += '-';
    uuid += id[i];
  }
  return uuid;
}

bool is_id(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void check_name(const std::string& name, const std::string& flag) {
  if (!name.empty() && name.size() <= 128 && is_alnum(name[0]) && consists_of(name, "_.-")) return;
  throw Error(flag + ": '" + printable(name) + "' is not a name")
      .remedy("use letters, digits, '_', '.' and '-', a letter or digit first, at most 128 of them");
}

void check_hostname(const std::string& name) {
  if (!name.empty() && name.size() <= 64 && is_alnum(name[0]) && is_alnum(name.back()) &&
      consists_of(name, "-."))
    return;
  throw Error("--hostname: '" + printable(name) + "' is not a host name")
      .remedy("use letters, digits, '-' and '.', at most 64 of them");
}

void check_slice(const std::string& slice) {
  constexpr std::string_view kSuffix = ".slice";
  const bool suffixed = slice.size() > kSuffix.size() && slice.size() < 256 && slice.ends_with(kSuffix);
  const std::string stem = suffixed ? slice.substr(0, slice.size() - kSuffix.size()) : "";
  // "a-b.slice" lies in "a.slice": dashes separate, so none may be empty (systemd.slice(5))
  const bool shaped =
      suffixed &&
      (stem == "-" || (stem.front() != '-' && stem.back() != '-' && stem.find("--") == std::string::npos));
  if (shaped && consists_of(stem, "_.-:\\@")) return;
  throw Error("--slice: '" + printable(slice) + "' is not the name of a slice")
      .remedy("for example web.slice");
}

std::vector<std::string> slice_levels(const std::string& slice) {
  std::vector<std::string> levels;
  if (slice.empty() || slice == "-.slice") return levels;
  for (size_t dash = slice.find('-'); dash != std::string::npos; dash = slice.find('-', dash + 1)) {
    levels.push_back(slice.substr(0, dash) + ".slice");
  }
  levels.push_back(slice);
  return levels;
}

std::string unit_name(const std::string& name, const std::string& unit) {
  constexpr std::string_view kSuffix = ".scope";
  if (unit.empty()) return "sdcont-" + name + std::string(kSuffix);
  std::string full = unit;
  constexpr std::array kOthers = {".service", ".socket", ".slice",  ".timer", ".mount",
                                  ".target",  ".path",   ".device", ".swap",  ".automount"};
  for (const char* other : kOthers) {
    if (unit.ends_with(other)) {
      throw Error("--unit: a container is a scope, so '" + printable(unit) + "' cannot end in " + other)
          .remedy("leave the suffix away, or use .scope");
    }
  }
  if (!unit.ends_with(kSuffix)) full += kSuffix;
  if (full.size() < 256 && full != kSuffix && consists_of(full, ":-_.\\@")) return full;
  throw Error("--unit: '" + printable(unit) + "' is not the name of a unit")
      .remedy("use letters, digits and ':-_.\\@', at most 255 of them");
}

}  // namespace sdcont
