#pragma once

#include <string>
#include <vector>

namespace sdcont {

/// The content of /etc/hosts: localhost, the container's own name at `address`, and `extra` lines.
std::string hosts_file(const std::string& hostname, const std::vector<std::string>& extra,
                       const std::string& address = "127.0.1.1");

/// A resolv.conf as it makes sense in another network namespace: without name servers on the host's loopback.
std::string resolv_conf(const std::string& text);

/// What the container's /etc/resolv.conf says: the host's own for `host_network`; otherwise without the
/// host's loopback, and with the servers behind systemd-resolved's stub instead of the stub. `root` is
/// replaced by tests.
std::string host_resolv_conf(bool host_network, const std::string& root = "");

}  // namespace sdcont
