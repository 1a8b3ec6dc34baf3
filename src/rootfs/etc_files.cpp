#include "rootfs/etc_files.h"

#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

bool is_loopback(const std::string& server) { return server.starts_with("127.") || server == "::1"; }

/// The address of a "nameserver" line, empty for any other line.
std::string name_server(const std::string& line) {
  const std::vector<std::string> parts = words(line);
  return parts.size() >= 2 && parts[0] == "nameserver" ? parts[1] : std::string();
}

}  // namespace

std::string hosts_file(const std::string& hostname, const std::vector<std::string>& extra,
                       const std::string& address) {
  std::string text =
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::\tip6-localnet\n"
      "ff00::\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\n"
      "ff02::2\tip6-allrouters\n";
  if (!hostname.empty()) text.append(address).append("\t").append(hostname).append("\n");
  for (const std::string& line : extra) text.append(line).append("\n");
  return text;
}

std::string resolv_conf(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    if (!is_loopback(name_server(line))) out.append(line).append("\n");
  }
  if (!out.empty()) out.pop_back();  // split gives one part more than there are newlines
  return out;
}

std::string host_resolv_conf(bool host_network, const std::string& root) {
  const std::string text = read_file_if(root + "/etc/resolv.conf").value_or("");
  if (host_network) return text;
  for (const std::string& line : split(text, '\n')) {
    if (name_server(line) != "127.0.0.53") continue;  // systemd-resolved's stub
    if (const auto servers = read_file_if(root + "/run/systemd/resolve/resolv.conf")) {
      return resolv_conf(*servers);
    }
  }
  return resolv_conf(text);
}

}  // namespace sdcont
