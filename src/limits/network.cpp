#include "limits/property.h"
#include "limits/rows.h"

namespace sdcont {
namespace {

using Words = const std::string&;

void add_prefixes(Resources& r, const std::string& key, Words text, const char* flag) {
  auto& list = std::get<std::vector<std::string>>(r.emplace(key, std::vector<std::string>{}).first->second);
  for (const IpPrefix& prefix : parse_ip_prefixes(text, flag)) list.push_back(render_ip_prefix(prefix));
}

Translation allow_systemd(const Resources& r, const Target& t) {
  return systemd_property(r, t, "IPAddressAllow");
}
Translation deny_systemd(const Resources& r, const Target& t) {
  return systemd_property(r, t, "IPAddressDeny");
}

}  // namespace

std::vector<Limit> network_limits() {
  std::vector<Limit> rows;
  rows.push_back({.key = "systemd/IPAddressAllow",
                  .title = "addresses that may be talked to",
                  .flags = {{"--ip-allow", "PREFIX,...",
                             "addresses to allow, before --ip-deny (10.0.0.0/8, localhost)", true,
                             [](Words text, const HostFacts&, Resources& r) {
                               add_prefixes(r, "systemd/IPAddressAllow", text, "--ip-allow");
                             }}},
                  .property = "IPAddressAllow (235)",
                  .v2_file = "",
                  .v1_file = "",
                  .to_systemd = allow_systemd,
                  .to_v2 = needs_systemd,
                  .to_v1 = needs_systemd});
  rows.push_back({.key = "systemd/IPAddressDeny",
                  .title = "addresses that may not be talked to",
                  .flags = {{"--ip-deny", "PREFIX,...", "addresses to deny (any)", true,
                             [](Words text, const HostFacts&, Resources& r) {
                               add_prefixes(r, "systemd/IPAddressDeny", text, "--ip-deny");
                             }}},
                  .property = "IPAddressDeny (235)",
                  .v2_file = "",
                  .v1_file = "",
                  .to_systemd = deny_systemd,
                  .to_v2 = needs_systemd,
                  .to_v1 = needs_systemd});
  return rows;
}

}  // namespace sdcont
