#include "state/volumes.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "spec/names.h"
#include "util/disk_use.h"
#include "util/file.h"
#include "util/text.h"
#include "util/time.h"

namespace sdcont {
namespace {

using nlohmann::json;

constexpr const char* kVolume = "volume.json";
constexpr const char* kData = "_data";

std::string to_json(const Volume& volume) {
  const json object = {{"name", volume.name},
                       {"createdNs", volume.created_ns},
                       {"anonymous", volume.anonymous},
                       {"labels", volume.labels}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Volume volume_from(const std::string& text, const std::string& name) {
  Volume volume;
  volume.name = name;
  try {
    const json object = json::parse(text);
    object.at("createdNs").get_to(volume.created_ns);
    object.at("anonymous").get_to(volume.anonymous);
    object.at("labels").get_to(volume.labels);
  } catch (const json::exception&) {
    // after a power cut: the content is what counts
  }
  return volume;
}

}  // namespace

std::string volume_data(const StorePaths& paths, const std::string& name) {
  return paths.root + "/volumes/" + name + "/" + kData;
}

VolumeStore::VolumeStore(const Store& containers)
    : containers_(containers),
      path_(containers.paths().root + "/volumes"),
      directory_(open_private_directory(path_)) {}

Fd VolumeStore::lock() const {
  Fd own = open_file(path_, O_RDONLY | O_DIRECTORY);
  check(flock(own.get(), LOCK_EX), "cannot lock the volumes");
  return own;
}

bool VolumeStore::create(const Volume& volume) {
  check_name(volume.name, "volume");
  const Fd locked = lock();
  if (load(volume.name)) return false;
  const auto make = [&](int parent, const std::string& name, mode_t mode) {
    if (mkdirat(parent, name.c_str(), mode) != 0 && errno != EEXIST) {
      throw_errno("cannot make the volume " + volume.name);
    }
  };
  make(directory_.get(), volume.name, 0700);
  const Fd own = open_at(directory_.get(), volume.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  make(own.get(), kData, 0755);
  Volume record = volume;
  record.created_ns = now_realtime_ns();
  write_atomic(own.get(), kVolume, to_json(record), Durability::visible);
  return true;
}

std::optional<Volume> VolumeStore::load(const std::string& name) const {
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos) return std::nullopt;
  const auto text = read_at_if(directory_.get(), name + "/" + kVolume);
  if (!text) return std::nullopt;
  return volume_from(*text, name);
}

Volume VolumeStore::find(const std::string& name) const {
  auto volume = load(name);
  if (!volume) throw Error("there is no volume '" + printable(name) + "'").remedy("see sdcont volume ls");
  return std::move(*volume);
}

std::vector<Volume> VolumeStore::list() const {
  std::vector<Volume> volumes;
  for (const std::string& name : list_directory(path_)) {
    if (auto volume = load(name)) volumes.push_back(std::move(*volume));
  }
  std::sort(volumes.begin(), volumes.end(), [](const Volume& a, const Volume& b) { return a.name < b.name; });
  return volumes;
}

std::vector<std::string> VolumeStore::users(const std::string& name, const std::string& except) const {
  std::vector<std::string> names;
  for (const Record& record : containers_.list()) {
    const auto uses = [&](const Mount& mount) { return mount.volume == name; };
    if (record.id != except && std::any_of(record.mounts.begin(), record.mounts.end(), uses)) {
      names.push_back(record.name);
    }
  }
  return names;
}

void VolumeStore::remove(const std::string& name, const std::string& except) {
  const Fd locked = lock();
  static_cast<void>(find(name));
  if (const auto names = users(name, except); !names.empty()) {
    throw Error("the volume " + name + " is used by " + join(names, ", "))
        .remedy("remove that first: sdcont rm");
  }
  // The content first: until that is gone the volume is there, and can be removed again.
  const Fd own = open_at(directory_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  remove_tree(own.get(), kData);
  remove_tree(directory_.get(), name);
}

uint64_t VolumeStore::size(const std::string& name) const {
  const Fd own = open_at(directory_.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return disk_use(own.get(), kData);
}

void remove_anonymous_volumes(const Record& record, const Store& containers) {
  for (const Mount& mount : record.mounts) {
    if (!mount.anonymous) continue;
    VolumeStore volumes(containers);
    if (volumes.load(mount.volume) && volumes.users(mount.volume, record.id).empty()) {
      volumes.remove(mount.volume, record.id);
    }
  }
}

}  // namespace sdcont
