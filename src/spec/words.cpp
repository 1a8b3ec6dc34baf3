#include "spec/words.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string read_env_text(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& error) {
    throw Error("--env-file: " + error.failure().doing, error.error());
  }
}

bool is_environment_name(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '=' || std::isspace(c) != 0 || std::iscntrl(c) != 0;
  });
}

// kernel.* and fs.mqueue.* settings of an IPC namespace (ipc/ipc_sysctl.c, ipc/mq_sysctl.c)
bool is_of_ipc_namespace(const std::string& name) {
  constexpr std::array kNames = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                 "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.starts_with("fs.mqueue.");
}

}  // namespace

void parse_env(const std::string& text, std::vector<std::string>& env) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (!is_environment_name(name)) {
    throw Error("--env: '" + printable(text) + "' is not NAME=VALUE or NAME");
  }
  if (equals != std::string::npos) {
    env.push_back(text);
  } else if (const char* value = getenv(name.c_str())) {
    env.push_back(name + "=" + value);
  }
}

void read_env_file(const std::string& path, std::vector<std::string>& env) {
  int number = 0;
  for (const std::string& line : split(read_env_text(path), '\n')) {
    ++number;
    const std::string text(line.substr(std::min(line.find_first_not_of(" \t"), line.size())));
    if (text.empty() || text[0] == '#') continue;
    const std::string name = text.substr(0, text.find('='));
    if (!is_environment_name(name) || text.find('\0') != std::string::npos) {
      throw Error("--env-file: line " + std::to_string(number) + " of " + path +
                  " is not NAME=VALUE or NAME: '" + printable(text) + "'");
    }
    parse_env(text, env);
  }
}

void parse_label(const std::string& text, std::map<std::string, std::string>& labels) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) throw Error("--label: '" + printable(text) + "' is not NAME=VALUE or NAME");
  labels[name] = equals == std::string::npos ? "" : text.substr(equals + 1);
}

void parse_sysctl(const std::string& text, const Namespaces& namespaces,
                  std::map<std::string, std::string>& sysctl) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const bool shaped = equals != std::string::npos && !name.empty() && name.find("..") == std::string::npos &&
                      std::all_of(name.begin(), name.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                      });
  if (!shaped) throw Error("--sysctl: '" + printable(text) + "' is not NAME=VALUE");
  const auto refuse = [&](const std::string& why, const std::string& remedy) {
    throw Error("--sysctl: " + name + " " + why).remedy(remedy);
  };
  if (is_of_ipc_namespace(name)) {
    if (namespaces.host_ipc)
      refuse("would change the host, whose IPC namespace --ipc host shares", "leave one of them away");
  } else if (name.starts_with("net.")) {
    if (namespaces.host_network) {
      refuse("would change the host, whose network --network host shares", "leave one of them away");
    }
  } else if (name == "kernel.domainname" || name == "kernel.hostname") {
    if (namespaces.host_uts)
      refuse("would change the host, whose UTS namespace --uts host shares", "leave one of them away");
  } else {
    refuse("belongs to no namespace of a container, so it would change the host",
           "those of net.*, fs.mqueue.*, kernel.{msg*,sem,shm*,domainname} can be set");
  }
  sysctl[name] = text.substr(equals + 1);
}

std::string parse_extra_host(const std::string& text) {
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const std::string address = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto bad = [](unsigned char c) { return std::isspace(c) != 0 || std::iscntrl(c) != 0 || c == '#'; };
  if (name.empty() || address.empty() || std::any_of(text.begin(), text.end(), bad)) {
    throw Error("--add-host: '" + printable(text) + "' is not NAME:ADDRESS");
  }
  if (address == "host-gateway") {
    throw Error("--add-host: host-gateway: a container without a bridge has no gateway")
        .remedy("give an address");
  }
  in6_addr binary{};  // room for either
  const std::string bare =
      address.starts_with('[') && address.ends_with(']') ? address.substr(1, address.size() - 2) : address;
  if (inet_pton(AF_INET, bare.c_str(), &binary) != 1 && inet_pton(AF_INET6, bare.c_str(), &binary) != 1) {
    throw Error("--add-host: '" + printable(address) + "' is not an IP address");
  }
  return bare + "\t" + name;
}

}  // namespace sdcont
