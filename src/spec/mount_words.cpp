#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "spec/names.h"
#include "spec/words.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// A destination in the container: absolute, without "..", not the root itself.
std::string check_destination(const std::string& path, const std::string& what) {
  const auto parts = split(path, '/');
  const bool climbs = std::find(parts.begin(), parts.end(), "..") != parts.end();
  if (path.empty() || path[0] != '/' || climbs) {
    throw Error(what + ": '" + printable(path) + "' is not an absolute path in the container");
  }
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  if (normal == "/") throw Error(what + ": the container's root itself cannot be mounted over");
  return normal;
}

// Those of rootfs/volume.cpp, and what docker and podman have beside them.
void require_mount_option(const std::string& option, const std::string& what) {
  static const std::set<std::string> attributes = {
      "ro",     "readonly", "rro",     "rw",       "nosuid",      "suid",       "nodev",      "dev",
      "noexec", "exec",     "noatime", "relatime", "strictatime", "nodiratime", "nosymfollow"};
  static const std::set<std::string> of_binds = {
      "bind", "rbind", "private", "rprivate", "shared", "rshared", "slave", "rslave", "z", "Z", "U", "O"};
  std::set<std::string> known = attributes;
  if (what != "--tmpfs") known.insert(of_binds.begin(), of_binds.end());
  if (!known.contains(option)) {
    const std::string hint = nearest(option, {known.begin(), known.end()});
    throw Error(what + ": '" + printable(option) + "' is not an option of a mount")
        .remedy(hint.empty() ? "" : "did you mean '" + hint + "'?");
  }
  if (option == "shared" || option == "rshared") {
    throw Error(what + ": the option '" + option +
                "' is not available: a container's mounts would reach the host")
        .remedy("rslave lets the host's mounts reach the container");
  }
  if (option == "U" || option == "O") throw Error(what + ": the option '" + option + "' is not available");
}

// Sizes and modes as tmpfs(5) reads them, which says no more than "invalid argument" of others.
std::string check_tmpfs_option(std::string option, const std::string& what) {
  static const std::regex sizes("(size|nr_blocks|nr_inodes)=[0-9]+[kKmMgG%]?");
  static const std::regex modes("mode=[0-7]{1,4}|(uid|gid)=[0-9]+");
  if (!std::regex_match(option, sizes) && !std::regex_match(option, modes)) {
    throw Error(what + ": '" + printable(option) + "' is not an option of a tmpfs")
        .remedy("for example size=64m, mode=1777");
  }
  return option;
}

// With what -v of docker implies; labels of SELinux (z, Z) mean nothing where there is none.
std::vector<std::string> bind_options(const std::vector<std::string>& asked, const std::string& what) {
  std::vector<std::string> options;
  bool recursive = true;
  for (const std::string& option : asked) {
    require_mount_option(option, what);
    if (option == "bind") recursive = false;
    if (option != "z" && option != "Z" && option != "bind" && option != "rbind") options.push_back(option);
  }
  options.insert(options.begin(), recursive ? "rbind" : "bind");
  const auto is_propagation = [](const std::string& option) {
    return option.ends_with("private") || option.ends_with("slave");
  };
  if (std::none_of(options.begin(), options.end(), is_propagation)) options.emplace_back("rprivate");
  return options;
}

// A volume: where its content is only the caller knows.
Mount volume_mount(const std::string& name, const std::string& target, std::vector<std::string> words,
                   const std::string& what) {
  if (!name.empty()) check_name(name, what);
  const bool fill = std::erase(words, "nocopy") == 0;
  return {.destination = target,
          .type = "volume",
          .source = name,
          .options = bind_options(words, what),
          .anonymous = name.empty(),
          .fill = fill};
}

bool is_access(const std::string& text) {
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("rwm") == std::string::npos;
}

Device device_of(const std::string& source, const std::string& path, const std::string& access,
                 const struct stat& st) {
  return {source,
          path,
          access,
          S_ISCHR(st.st_mode) ? 'c' : 'b',
          major(st.st_rdev),
          minor(st.st_rdev),
          st.st_mode & 07777,
          st.st_uid,
          st.st_gid};
}

void devices_below(const std::string& directory, const std::string& path, const std::string& access,
                   std::vector<Device>& devices) {
  for (const std::string& name : list_directory(directory)) {
    const std::string source = directory + "/" + name;
    struct stat st {};
    if (lstat(source.c_str(), &st) != 0) continue;
    if (S_ISDIR(st.st_mode)) devices_below(source, path + "/" + name, access, devices);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
      devices.push_back(device_of(source, path + "/" + name, access, st));
    }
  }
}

struct MountWords {
  std::string type = "volume", source, target;
  std::vector<std::string> options;
};

void read_mount_word(const std::string& word, const std::string& text, MountWords& words) {
  const size_t equals = word.find('=');
  const std::string key = lower(word.substr(0, equals));
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  const auto flag = [&] {
    if (value.empty() || value == "true" || value == "1") return true;
    if (value == "false" || value == "0") return false;
    throw Error("--mount: '" + printable(word) + "' says neither true nor false");
  };
  if (key == "type") {
    words.type = value;
  } else if (key == "source" || key == "src") {
    words.source = value;
  } else if (key == "target" || key == "destination" || key == "dst") {
    words.target = value;
  } else if (key == "readonly" || key == "ro") {
    if (flag()) words.options.emplace_back("ro");
  } else if (key == "bind-propagation") {
    require_mount_option(value, "--mount");
    words.options.push_back(value);
  } else if (key == "bind-nonrecursive") {
    if (flag()) words.options.emplace_back("bind");
  } else if (key == "volume-nocopy") {
    if (flag()) words.options.emplace_back("nocopy");
  } else if (key == "tmpfs-size") {
    words.options.push_back(check_tmpfs_option("size=" + value, "--mount"));
  } else if (key == "tmpfs-mode") {
    words.options.push_back(check_tmpfs_option("mode=" + value, "--mount"));
  } else {
    throw Error("--mount: '" + printable(key) + "' in '" + printable(text) + "' is not a key of a mount")
        .remedy(
            "those are type, source, target, readonly, bind-propagation, bind-nonrecursive, volume-nocopy, "
            "tmpfs-size, tmpfs-mode");
  }
}

}  // namespace

Mount parse_volume(const std::string& text) {
  const auto parts = split(text, ':');
  const bool anonymous = parts.size() == 1 && !text.empty() && text[0] == '/';
  if (!anonymous && (parts.size() < 2 || parts.size() > 3 || parts[0].empty())) {
    throw Error("--volume: '" + printable(text) + "' is not [SOURCE:]DESTINATION[:OPTIONS]")
        .remedy("for example /srv/data:/data:ro, or data:/data");
  }
  if (anonymous) return volume_mount("", check_destination(text, "--volume"), {}, "--volume");
  const std::string& options = parts.size() == 3 ? parts[2] : "";
  const auto words = options.empty() ? std::vector<std::string>() : split(options, ',');
  const std::string target = check_destination(parts[1], "--volume");
  if (parts[0][0] != '/' && parts[0][0] != '.') return volume_mount(parts[0], target, words, "--volume");
  return {.destination = target,
          .type = "bind",
          .source = absolute(parts[0]),
          .options = bind_options(words, "--volume"),
          .make_source = true};
}

Mount image_volume(const std::string& path) {
  const char* asked_by = "the image's Volumes";
  return volume_mount("", check_destination(path, asked_by), {}, asked_by);
}

Mount parse_mount(const std::string& text) {
  MountWords words;
  for (const std::string& word : split(text, ',')) read_mount_word(word, text, words);
  if (words.target.empty()) throw Error("--mount: '" + printable(text) + "' has no target");
  const std::string target = check_destination(words.target, "--mount");
  if (words.type == "tmpfs") {
    if (!words.source.empty()) throw Error("--mount: '" + printable(text) + "': a tmpfs has no source");
    return {.destination = target, .type = "tmpfs", .source = "tmpfs", .options = words.options};
  }
  if (words.type == "volume") return volume_mount(words.source, target, words.options, "--mount");
  if (words.type != "bind") {
    throw Error("--mount: '" + printable(words.type) + "' is not a type of mount")
        .remedy("use type=volume, type=bind or type=tmpfs");
  }
  if (words.source.empty()) throw Error("--mount: '" + printable(text) + "' has no source");
  if (!exists(words.source))
    throw Error("--mount: the source " + printable(words.source) + " does not exist");
  return {target, "bind", absolute(words.source), bind_options(words.options, "--mount")};
}

Mount parse_tmpfs(const std::string& text) {
  const size_t colon = text.find(':');
  Mount mount{
      check_destination(text.substr(0, colon), "--tmpfs"), "tmpfs", "tmpfs", {"nosuid", "nodev", "noexec"}};
  if (colon == std::string::npos) return mount;
  for (const std::string& option : split(std::string_view(text).substr(colon + 1), ',')) {
    // docker's defaults can be turned round
    if (option == "suid" || option == "dev" || option == "exec") std::erase(mount.options, "no" + option);
    if (option.find('=') == std::string::npos) {
      require_mount_option(option, "--tmpfs");
    } else {
      check_tmpfs_option(option, "--tmpfs");
    }
    if (!option.empty()) mount.options.push_back(option);
  }
  return mount;
}

std::vector<Device> parse_device(const std::string& text) {
  auto parts = split(text, ':');
  std::string access = "rwm";
  if (parts.size() > 1 && is_access(parts.back())) {
    access = parts.back();
    parts.pop_back();
  }
  if (parts.empty() || parts.size() > 2 || parts[0].empty() || parts[0][0] != '/') {
    throw Error("--device: '" + printable(text) + "' is not DEVICE[:PATH][:rwm]")
        .remedy("for example /dev/fuse:rw");
  }
  const std::string path = check_destination(parts.back(), "--device");
  struct stat st {};
  if (stat(parts[0].c_str(), &st) != 0) throw Error("--device: cannot look at " + printable(parts[0]), errno);
  std::vector<Device> devices;
  if (S_ISDIR(st.st_mode)) {
    devices_below(parts[0], path, access, devices);
  } else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
    devices.push_back(device_of(parts[0], path, access, st));
  } else {
    throw Error("--device: " + printable(parts[0]) + " is not a device").remedy("use --volume for files");
  }
  return devices;
}

}  // namespace sdcont
