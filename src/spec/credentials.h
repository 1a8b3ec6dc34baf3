#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/container_spec.h"

namespace sdcont {

/// Where a container finds its credentials: systemd-nspawn's place, which $CREDENTIALS_DIRECTORY names.
inline constexpr const char* kCredentialsDirectory = "/run/host/credentials";
/// What all of a container's may take, names and values together (systemd's CREDENTIALS_TOTAL_SIZE_MAX).
inline constexpr size_t kMostCredentialBytes = 1 << 20;

/// Names and values.
using CredentialValues = std::vector<std::pair<std::string, std::string>>;

/// As systemd has it (credential_name_valid): a file name of ASCII that is printable, without ':'.
bool is_credential_id(std::string_view text);

/// --set-credential ID:VALUE, with systemd's C escapes in the value. Errors never show it.
std::pair<std::string, std::string> parse_set_credential(const std::string& text);
/// --load-credential ID[:PATH]: an absolute path, one that begins with "." and is taken from the working
/// directory, or a name; without it that is the ID.
Credential parse_load_credential(const std::string& text);

}  // namespace sdcont
