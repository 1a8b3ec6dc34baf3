#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sdcont {

/// podman's default eleven.
std::vector<std::string> default_capabilities();
/// Every capability that this kernel knows and we have.
std::vector<std::string> all_capabilities();
/// "CAP_NET_ADMIN" for "net_admin", "CAP_NET_ADMIN" …; "ALL" stays; throws Error with a near miss for others.
std::string parse_capability(const std::string& text, const std::string& flag);

/// Makes `names` the bounding set, and takes the rest away for good; inheritable and ambient become empty. To
/// be called before the user changes.
void limit_capabilities(const std::vector<std::string>& names);
/// Sets permitted and effective after the user changed: `names` for root, nothing for others.
void set_capabilities(const std::vector<std::string>& names, bool root);

}  // namespace sdcont
