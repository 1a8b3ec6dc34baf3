#include "rootfs/passwd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <climits>

#include <algorithm>
#include <optional>
#include <string_view>

#include "rootfs/resolve.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr uint64_t kMaxId = 0x7fffffff;
constexpr size_t kMaxFile = size_t{10} << 20;
constexpr size_t kMaxGroups = NGROUPS_MAX;

struct PasswdEntry {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};

/// The whole of /etc/passwd or /etc/group; empty where there is none. Looked at before it is opened for
/// reading: opening a device can do things.
std::string read_database(int root, const std::string& path) {
  const Fd found = try_open_in_root(root, path, O_PATH, 0, Links::refuse);
  if (!found && errno == ENOENT) return {};
  const std::string name = path + " of the container's root";
  if (!found) throw_errno("cannot open " + name);
  struct stat before {};
  struct stat opened {};
  if (fstat(found.get(), &before) != 0) throw_errno("cannot look at " + name);
  if (!S_ISREG(before.st_mode)) throw Error(name + " is not a regular file");
  const Fd fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, Links::refuse);
  if (fstat(fd.get(), &opened) != 0) throw_errno("cannot look at " + name);
  if (opened.st_dev != before.st_dev || opened.st_ino != before.st_ino) {
    throw Error(name + " is being replaced");
  }
  return read_fd(fd.get(), name, kMaxFile);
}

uint32_t parse_id(const std::string& text, const std::string& where) {
  const std::optional<uint64_t> id = parse_unsigned(text);
  if (!id || *id > kMaxId) {
    throw Error("the id '" + printable(text) + "' " + where + " is not a number up to 2147483647");
  }
  return static_cast<uint32_t>(*id);
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-$@").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), allowed);
}

/// The first line of a database that `matches` its fields.
template <typename Matches>
std::optional<std::vector<std::string>> find_line(const std::string& text, size_t fields, Matches matches) {
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> parts = split(line, ':');
    if (parts.size() >= fields && matches(parts)) return parts;
  }
  return std::nullopt;
}

/// True where a field holds this very id; a line with something else there is for nobody.
bool has_id(const std::string& field, uint32_t id) { return parse_unsigned(field) == uint64_t{id}; }

std::optional<PasswdEntry> find_user(const std::string& passwd, const std::string& user) {
  constexpr size_t kFields = 4;  // name, password, uid, gid; then comment, home, shell
  const bool number = is_number(user);
  const uint32_t id = number ? parse_id(user, "of --user") : 0;
  const auto line = find_line(passwd, kFields, [&](const std::vector<std::string>& fields) {
    return number ? has_id(fields[2], id) : fields[0] == user;
  });
  if (!line) return std::nullopt;
  const std::string where = "in /etc/passwd of the container's root";
  return PasswdEntry{(*line)[0], parse_id((*line)[2], where), parse_id((*line)[3], where),
                     line->size() > 5 ? (*line)[5] : std::string()};
}

std::vector<gid_t> groups_of(const std::string& group, const std::string& user) {
  std::vector<gid_t> groups;
  for (const std::string& line : split(group, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 4) continue;
    const std::vector<std::string> members = split(fields[3], ',');
    if (std::find(members.begin(), members.end(), user) == members.end()) continue;
    groups.push_back(parse_id(fields[2], "in /etc/group of the container's root"));
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  if (groups.size() > kMaxGroups) throw Error("the user '" + printable(user) + "' is in too many groups");
  return groups;
}

gid_t find_group(const std::string& group, const std::string& name) {
  if (is_number(name)) return parse_id(name, "of the group");
  const auto line =
      find_line(group, 3, [&](const std::vector<std::string>& fields) { return fields[0] == name; });
  if (!line) throw Error("there is no group '" + printable(name) + "' in the container's /etc/group");
  return parse_id((*line)[2], "in /etc/group of the container's root");
}

bool has_directory(int root, const std::string& path) {
  return bool(try_open_in_root(root, path, O_PATH | O_DIRECTORY));
}

}  // namespace

UserIds look_up_user(int root_directory, const std::string& user) {
  const Fd own_root = root_directory < 0 ? open_file("/", O_PATH | O_DIRECTORY) : Fd();
  const int root = root_directory < 0 ? own_root.get() : root_directory;
  const size_t colon = user.find(':');
  std::string name = user.substr(0, colon);
  const bool group_given = colon != std::string::npos;
  const std::string group_name = group_given ? user.substr(colon + 1) : std::string();
  const auto valid = [](const std::string& word) { return is_number(word) || is_name(word); };
  if (user.empty()) name = "0";
  if (!valid(name) || (group_given && !valid(group_name))) {
    throw Error("'" + printable(user) + "' is not a user")
        .remedy("say USER or USER:GROUP, each a name or a number");
  }

  UserIds ids;
  const std::optional<PasswdEntry> entry = find_user(read_database(root, "/etc/passwd"), name);
  if (entry) {
    ids.uid = entry->uid;
    ids.gid = entry->gid;
    ids.name = entry->name;
    if (!entry->home.empty()) ids.home = entry->home;
  } else if (is_number(name)) {
    ids.uid = parse_id(name, "of --user");
    if (ids.uid == 0 && has_directory(root, "/root")) ids.home = "/root";
  } else if (name != "root") {
    throw Error("there is no user '" + printable(name) + "' in the container's /etc/passwd")
        .remedy("use a number, or add the user to the image");
  } else if (has_directory(root, "/root")) {
    ids.home = "/root";
  }
  const std::string group = read_database(root, "/etc/group");
  if (group_given) {
    ids.gid = find_group(group, group_name);
  } else if (!ids.name.empty()) {
    ids.groups = groups_of(group, ids.name);
  }
  const auto place = std::lower_bound(ids.groups.begin(), ids.groups.end(), ids.gid);
  if (place == ids.groups.end() || *place != ids.gid) ids.groups.insert(place, ids.gid);
  return ids;
}

}  // namespace sdcont
