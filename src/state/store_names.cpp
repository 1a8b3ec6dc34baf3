// The names of containers: ROOT/names/NAME is a link to an id, and that one's record says the same name.
// Where the two differ a rename is at work, or was killed.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>
#include <string_view>

#include "spec/names.h"
#include "state/store.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {
namespace {

constexpr const char* kRenaming = "renaming";  // in a container's directory while it has two names

}  // namespace

void Store::take_name(const std::string& name, const std::string& id) const {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (symlinkat(id.c_str(), names_.get(), name.c_str()) == 0) return;
    if (errno != EEXIST) throw_errno("cannot take the name " + name);
    const std::string owner = read_link_at(names_.get(), name);
    if (owner == id) return;  // of a rename of ours that was killed
    if (!owner.empty() && !release_stale_name(name, owner)) {
      throw NameInUse({.doing = "the name '" + name + "' is in use by container " + short_id(owner),
                       .remedy = "remove that one (sdcont rm " + name + "), or choose another name"});
    }
  }
  throw Error("cannot take the name " + name + ": others keep taking and leaving it");
}

bool Store::is_name_of(const std::string& id, const std::string& name) const {
  if (launches(id)) return true;  // there may be no record yet
  const auto record = load(id);
  return record && (record->name == name || record->status == Status::dead);
}

// A link to a container that has not this name is of one that is gone, of a rename that was killed, or of one
// at work. The last is not waited for, since it may be waiting for a container of ours: the name is taken
// then. False where it is.
bool Store::release_stale_name(const std::string& name, const std::string& id) const {
  if (!is_id(id)) {
    release_name(name, id);
    return true;
  }
  if (is_name_of(id, name)) return false;
  const Fd dir(openat(root_containers_.get(), id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (dir && (flock(dir.get(), LOCK_EX | LOCK_NB) != 0 || is_name_of(id, name))) return false;
  release_name(name, id);
  return true;
}

// One at a time: between the look and the removal nobody else removes the link and takes the name.
void Store::release_name(const std::string& name, const std::string& id) const {
  // opened anew: those that we fork share the other one, and its lock
  const Fd names(openat(names_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (names) check(flock(names.get(), LOCK_EX), "cannot lock the names");
  if (read_link_at(names_.get(), name) == id) unlinkat(names_.get(), name.c_str(), 0);
}

void Store::release_stale_names(const std::vector<Record>& known) {
  // a name that a record has is no other's: who takes one looks at its record
  std::set<std::string_view> well;
  for (const Record& record : known) well.insert(record.name);
  for (const std::string& name : list_directory(paths_.root + "/names")) {
    if (well.contains(name)) continue;
    const std::string id = read_link_at(names_.get(), name);
    if (!id.empty()) static_cast<void>(release_stale_name(name, id));
  }
}

// Of a rename that was killed there are two.
std::vector<std::string> Store::names_of(const std::string& id) const {
  std::vector<std::string> names = list_directory(paths_.root + "/names");
  std::erase_if(names, [&](const std::string& name) { return read_link_at(names_.get(), name) != id; });
  return names;
}

// Without a look at the names of all others, but where a rename of it was killed, or nothing else tells.
std::vector<std::string> Store::names_to_release(const Record& record) const {
  const bool renaming = faccessat(root_containers_.get(), (record.id + "/" + kRenaming).c_str(), F_OK,
                                  AT_SYMLINK_NOFOLLOW) == 0;
  if (renaming || record.name.empty() || record.status == Status::dead) return names_of(record.id);
  return {record.name};
}

void Store::rename(const std::string& id, const std::string& name) {
  const Fd held = lock(id);
  const Fd writing = lock_running(id);  // its end may be written at this moment
  const auto record = load(id);
  if (!held || !record) throw Error("container " + short_id(id) + " is gone");
  if (record->status == Status::dead) throw Error("the record of container " + short_id(id) + " is damaged");
  if (record->name == name) throw Error("container " + short_id(id) + " has this name already");
  if (launches(id)) throw Error("container " + record->name + " is just being started").remedy("try again");
  for (const std::string& left : names_to_release(*record)) {  // by one that was killed
    if (left != record->name) release_name(left, id);
  }
  const Fd mark = open_at(held.get(), kRenaming, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
  try {
    take_name(name, id);
  } catch (const NameInUse&) {
    unlinkat(held.get(), kRenaming, 0);
    throw;
  }
  Record renamed = *record;
  renamed.name = name;
  if (record->cgroup && !record->cgroup->unit.empty() && !stands_still(*record)) note_unit(*record);
  if (exists(paths_.run + "/containers/" + id + "/" + kRecord)) update(renamed);
  keep_name(id, name);
  release_name(record->name, id);
  unlinkat(held.get(), kRenaming, 0);
}

// It is named after the old name, unless the user has named it.
void Store::note_unit(const Record& record) const {
  const Fd units = open_private_directory(paths_.run + "/units");
  if (symlinkat(record.id.c_str(), units.get(), record.cgroup->unit.c_str()) != 0 && errno != EEXIST)
    throw_errno("cannot note whose unit " + record.cgroup->unit + " is");
}

// In the record that outlives a boot.
void Store::keep_name(const std::string& id, const std::string& name) {
  const auto text = read_at_if(root_containers_.get(), id + "/" + kRecord);
  if (!text) return;
  Record kept = record_from_json(*text);
  kept.name = name;
  keep(kept);
}

}  // namespace sdcont
