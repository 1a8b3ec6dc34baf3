#include "rootfs/volume.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace sdcont {
namespace {

/// A word of mount(8) that sets or clears attributes of a mount.
struct AttributeWord {
  std::string_view word;
  uint64_t attribute;
  bool set;
};

constexpr std::array<AttributeWord, 15> kAttributeWords = {{
    {"ro", MOUNT_ATTR_RDONLY, true},
    {"readonly", MOUNT_ATTR_RDONLY, true},
    {"rro", MOUNT_ATTR_RDONLY, true},
    {"rw", MOUNT_ATTR_RDONLY, false},
    {"nosuid", MOUNT_ATTR_NOSUID, true},
    {"suid", MOUNT_ATTR_NOSUID, false},
    {"nodev", MOUNT_ATTR_NODEV, true},
    {"dev", MOUNT_ATTR_NODEV, false},
    {"noexec", MOUNT_ATTR_NOEXEC, true},
    {"exec", MOUNT_ATTR_NOEXEC, false},
    {"noatime", MOUNT_ATTR_NOATIME, true},
    {"strictatime", MOUNT_ATTR_STRICTATIME, true},
    {"relatime", MOUNT_ATTR__ATIME, false},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, true},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, true},
}};

bool is_set(uint64_t attributes, uint64_t attribute) {
  const bool atime = (attribute & MOUNT_ATTR__ATIME) != 0;  // a number, not bits
  return (attributes & (atime ? uint64_t{MOUNT_ATTR__ATIME} : attribute)) == attribute;
}

std::string_view option_key(std::string_view option) { return option.substr(0, option.find('=')); }

bool take_attribute(MountStep& step, std::string_view word) {
  const auto* found = std::find_if(kAttributeWords.begin(), kAttributeWords.end(),
                                   [&](const AttributeWord& known) { return known.word == word; });
  if (found == kAttributeWords.end()) return false;
  const bool atime = (found->attribute & MOUNT_ATTR__ATIME) != 0;
  if (!found->set || atime) step.attributes &= ~(atime ? uint64_t{MOUNT_ATTR__ATIME} : found->attribute);
  if (found->set) step.attributes |= found->attribute;
  return true;
}

bool take_bind_word(MountStep& step, std::string_view word) {
  if (word == "bind" || word == "rbind") {
    step.recursive = word == "rbind";
  } else if (word == "private" || word == "rprivate") {
    step.propagation = MS_PRIVATE;
  } else if (word == "slave" || word == "rslave") {
    step.propagation = MS_SLAVE;
  } else if (word == "shared" || word == "rshared") {
    throw Error("the volume at " + step.target + " cannot be " + std::string(word) +
                ": a container's mounts would reach the host")
        .remedy("rslave lets the host's mounts reach the container");
  } else {
    return false;
  }
  return true;
}

bool take_tmpfs_option(MountStep& step, const std::string& option) {
  constexpr std::array<std::string_view, 6> kKeys = {"size", "mode", "nr_inodes", "nr_blocks", "uid", "gid"};
  const std::string_view key = option_key(option);
  if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end() || key.size() + 1 >= option.size()) {
    return false;
  }
  step.options.emplace_back(key, option.substr(key.size() + 1));
  return true;
}

void take_options(MountStep& step, const Mount& mount) {
  for (const std::string& option : mount.options) {
    if (option.empty() || option == "defaults" || take_attribute(step, option)) continue;
    if (step.kind == MountKind::bind && take_bind_word(step, option)) continue;
    if (mount.type == "tmpfs" && take_tmpfs_option(step, option)) continue;
    throw Error("the mount at " + step.target + " has an unknown option '" + printable(option) + "'");
  }
}

}  // namespace

std::vector<std::string> attribute_words(uint64_t attributes) {
  std::vector<std::string> words;
  for (const AttributeWord& known : kAttributeWords) {
    if (!known.set || !is_set(attributes, known.attribute)) continue;
    attributes &= ~known.attribute;  // of several words the first
    words.emplace_back(known.word);
  }
  return words;
}

std::string clean_path(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    throw Error("'" + printable(path) + "' is not an absolute path in the container");
  }
  std::vector<std::string> names;
  for (std::string& name : split(path, '/')) {
    if (name == "..") {
      if (!names.empty()) names.pop_back();
    } else if (!name.empty() && name != ".") {
      names.push_back(std::move(name));
    }
  }
  return "/" + join(names, "/");
}

bool is_within(const std::string& path, const std::string& directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

MountStep plan_volume(const Mount& mount, bool privileged) {
  MountStep step;
  step.target = clean_path(mount.destination);
  step.from_user = true;
  if (step.target == "/") throw Error("nothing can be mounted on the container's root itself");
  if (is_within(step.target, "/proc")) {
    throw Error("cannot mount on " + step.target +
                ": /proc is the container's own and what is in it stays as it is");
  }
  if (mount.type == "bind" || (mount.type.empty() && !mount.source.empty())) {
    if (mount.source.empty() || mount.source.front() != '/') {
      throw Error("the volume at " + step.target + " needs an absolute path of the host, not '" +
                  printable(mount.source) + "'");
    }
    step.kind = MountKind::bind;
    step.source = mount.source;
    step.recursive = true;
    step.fill = mount.fill;
    // What is bound in /dev is meant to be used as a device, as far as the device rules let it.
    step.attributes = privileged || is_within(step.target, "/dev") ? 0 : MOUNT_ATTR_NODEV;
  } else if (mount.type == "tmpfs" || mount.type == "devpts" || mount.type == "mqueue" ||
             mount.type == "sysfs") {
    step.kind = MountKind::filesystem;
    step.source = mount.type;
    step.attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;
    if (mount.type == "devpts") step.attributes &= ~uint64_t{MOUNT_ATTR_NODEV};
  } else {
    throw Error("cannot mount '" + printable(mount.type) + "' at " + step.target)
        .remedy("the types are bind and tmpfs; /proc and /sys/fs/cgroup are there by themselves");
  }
  take_options(step, mount);
  return step;
}

}  // namespace sdcont
