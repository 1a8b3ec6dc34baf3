#include "process/rlimits.h"

#include <sys/resource.h>

#include <map>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

const std::map<std::string, __rlimit_resource>& resources() {
  static const std::map<std::string, __rlimit_resource> table = {
      {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
      {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
      {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
      {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK}};
  return table;
}

constexpr const char* kPrefix = "RLIMIT_";

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::vector<std::string> rlimit_names() {
  std::vector<std::string> names;
  for (const auto& [name, resource] : resources()) names.push_back(name);
  return names;
}

Rlimit parse_rlimit(const std::string& text) {
  const Error malformed = Error("--ulimit: '" + printable(text) + "' is not NAME=SOFT[:HARD]")
                              .remedy("for example nofile=1024:2048");
  const size_t equals = text.find('=');
  if (equals == std::string::npos) throw malformed;
  const std::string name = lower(text.substr(0, equals));
  if (!resources().contains(name)) {
    throw Error("--ulimit: '" + printable(name) + "' is not a resource limit")
        .remedy("one of " + join(rlimit_names(), " "));
  }
  const auto values = split(std::string_view(text).substr(equals + 1), ':');
  if (values.size() > 2) throw malformed;
  const auto number = [&](const std::string& word) -> uint64_t {
    if (word == "-1" || word == "unlimited") return kUnlimited;
    const auto value = parse_unsigned(word);
    if (!value) throw malformed;
    return *value;
  };
  const Rlimit rlimit{kPrefix + upper(name), number(values.front()), number(values.back())};
  if (rlimit.soft > rlimit.hard)
    throw Error("--ulimit: the soft limit in '" + printable(text) + "' is above the hard one");
  return rlimit;
}

void set_rlimits(const std::vector<Rlimit>& rlimits) {
  for (const Rlimit& rlimit : rlimits) {
    const auto resource = resources().at(lower(rlimit.type.substr(std::string_view(kPrefix).size())));
    const struct rlimit value { rlimit.soft, rlimit.hard };  // kUnlimited is RLIM_INFINITY
    if (setrlimit(resource, &value) == 0) continue;
    const Error error("--ulimit: cannot set " + rlimit.type, errno);
    if (error.error() != EPERM) throw error;
    throw error.remedy("it is above what we may have ourselves: see ulimit -H -a");
  }
}

}  // namespace sdcont
