#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace sdcont {

struct UserIds {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  ///< supplementary, exactly these; gid is among them
  std::string name;           ///< empty where /etc/passwd does not know the user
  std::string home = "/";
};

/// Looks up "USER[:GROUP]", names or numbers, in the root's own /etc/passwd and /etc/group; empty is root.
/// Digits always mean an id. An explicit group replaces the supplementary groups, as with docker.
/// The group itself is one of them, or a program could drop it, and pass where a file denies it something
/// (CVE-2022-36109).
/// `root_directory` is a descriptor of the root's directory, or -1 for "/". Throws Error for unknown names,
/// ids above 2^31-1, and files that are not regular, are links or are longer than 10 MiB.
UserIds look_up_user(int root_directory, const std::string& user);

}  // namespace sdcont
