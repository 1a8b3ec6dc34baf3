#include "state/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <set>

#include "spec/names.h"
#include "spec/spec_json.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kRecord = "record.json";
constexpr const char* kSpec = "spec.json";
constexpr const char* kLayer = "layer";
constexpr const char* kCredentials = "credentials";

Fd open_directory(int dir, const std::string& name) {
  return Fd(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::string process_text(const ProcessId& process) {
  return std::to_string(process.pid) + ":" + std::to_string(process.start_time);
}

ProcessId process_from(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) return {};
  return {static_cast<pid_t>(parse_unsigned(parts[0]).value_or(0)), parse_unsigned(parts[1]).value_or(0)};
}

// Whoever finds the file in `dir` finds the whole of it.
void write_state(const Fd& dir, const char* name, const std::string& id, const std::string& text) {
  const std::string doing = "cannot write the record of container " + short_id(id);
  if (!dir) throw_errno(doing);
  try {
    write_atomic(dir.get(), name, text, Durability::visible);
  } catch (const Error& error) {
    if (error.error() == ENOSPC || error.error() == EDQUOT) {
      throw Error(doing, error.error())
          .remedy("make room there, or choose another place with --root and --runtime-dir");
    }
    throw Error(doing, error.error());
  }
}

void write_record(const Fd& dir, const Record& record) {
  write_state(dir, kRecord, record.id, record_to_json(record));
}

// A private directory of a file system that may lack room or writing: the remedy differs.
Fd open_state_directory(const std::string& path) {
  try {
    return open_private_directory(path);
  } catch (const Error& error) {
    if (error.error() == EACCES || error.error() == EPERM) throw error.remedy("run sdcont as root (sudo)");
    if (error.error() == EROFS) throw error.remedy("choose another place with --root and --runtime-dir");
    throw;
  }
}

}  // namespace

std::string layer_directory(const StorePaths& paths, const std::string& id) {
  return paths.root + "/containers/" + id + "/" + kLayer;
}

bool is_unit_of_renamed(const StorePaths& paths, const std::string& unit) {
  const std::string link = paths.run + "/units/" + unit;
  const std::string id = read_link(link);
  if (id.empty()) return false;
  if (exists(paths.run + "/containers/" + id)) return true;
  unlink(link.c_str());
  return false;
}

Store::Store(StorePaths paths) : paths_(std::move(paths)) {
  open_state_directory(paths_.root);
  open_state_directory(paths_.run);
  root_containers_ = open_state_directory(paths_.root + "/containers");
  names_ = open_state_directory(paths_.root + "/names");
  run_containers_ = open_state_directory(paths_.run + "/containers");
  launching_ = open_state_directory(paths_.run + "/launching");
}

void Store::take_name(const std::string& name, const std::string& id) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (symlinkat(id.c_str(), names_.get(), name.c_str()) == 0) return;
    if (errno != EEXIST) throw_errno("cannot take the name " + name);
    const std::string owner = read_link_at(names_.get(), name);
    if (is_id(owner) && is_name_of(owner, name)) {
      throw NameInUse({.doing = "the name '" + name + "' is in use by container " + short_id(owner),
                       .remedy = "remove that one (sdcont rm " + name + "), or choose another name"});
    }
    release_name(name, owner);  // of a container that is gone
  }
  throw Error("cannot take the name " + name + ": others keep taking and leaving it");
}

// A link may be there without that: of a rename at work, or of one that was killed. The former is not waited
// for, since it may be waiting for a container of ours: the name is taken then.
bool Store::is_name_of(const std::string& id, const std::string& name) const {
  const auto has = [&] {
    if (launches(id)) return true;  // there may be no record yet
    const auto record = load(id);
    return record && (record->name == name || record->status == Status::dead);
  };
  if (has()) return true;
  const Fd dir = open_directory(root_containers_.get(), id);
  return dir && (flock(dir.get(), LOCK_EX | LOCK_NB) != 0 || has());
}

void Store::release_name(const std::string& name, const std::string& id) {
  if (read_link_at(names_.get(), name) == id) unlinkat(names_.get(), name.c_str(), 0);
}

void Store::create(const Record& record) {
  const auto make = [&](int parent) {
    if (mkdirat(parent, record.id.c_str(), 0700) != 0)
      throw_errno("cannot make a directory for the container's record");
  };
  try {
    check(symlinkat(process_text(record.client).c_str(), launching_.get(), record.id.c_str()),
          "cannot note that a container is launched");
    take_name(record.name, record.id);  // before the record: nobody is to see one whose name is another's
    make(run_containers_.get());
    update(record);
    make(root_containers_.get());
    // what goes with the container's end anyway has no record that outlives a boot
    if (!record.remove) write_record(open_directory(root_containers_.get(), record.id), record);
    check(mkdirat(root_containers_.get(), (record.id + "/" + kLayer).c_str(), 0700),
          "cannot make a directory for the container's layers");
  } catch (const Error&) {
    remove(record);
    throw;
  }
}

void Store::save_spec(const ContainerSpec& spec, SpecPlace place) {
  const bool in_memory = place == SpecPlace::as_its_record && spec.remove &&
                         faccessat(root_containers_.get(), (spec.id + "/" + kSpec).c_str(), F_OK, 0) != 0;
  const Fd& parent = in_memory ? run_containers_ : root_containers_;
  write_state(open_directory(parent.get(), spec.id), kSpec, spec.id, spec_to_json(spec));
}

ContainerSpec Store::load_spec(const std::string& id) const {
  for (const int parent : {run_containers_.get(), root_containers_.get()}) {
    const auto text = read_at_if(parent, id + "/" + kSpec);
    if (text) return spec_from_json(*text);
  }
  if (launches(id)) throw Error("container " + short_id(id) + " is just being started").remedy("try again");
  if (!load(id)) throw Error("container " + short_id(id) + " is gone");
  throw Error("what container " + short_id(id) + " is run from is not on disk (spec.json)")
      .remedy("it can only be removed: sdcont rm " + short_id(id));
}

void Store::save_credentials(const std::string& id, const CredentialValues& values) {
  if (values.empty()) return;
  const std::string directory = id + "/" + kCredentials;
  check(mkdirat(root_containers_.get(), directory.c_str(), 0700), "cannot make a directory for credentials");
  const Fd dir = open_directory(root_containers_.get(), directory);
  if (!dir) throw_errno("cannot open the directory for credentials");
  for (const auto& [name, value] : values) {
    write_all(open_at(dir.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600).get(), value);
  }
}

CredentialValues Store::load_credentials(const ContainerSpec& spec) const {
  CredentialValues values;
  for (const Credential& credential : spec.credentials) {
    if (!credential.source.empty()) continue;
    auto value = read_at_if(root_containers_.get(), spec.id + "/" + kCredentials + "/" + credential.id);
    if (!value) {
      throw Error("the value of the credential " + printable(credential.id) + " of container " + spec.name +
                  " is not on disk any more")
          .remedy("make the container anew, with --set-credential");
    }
    values.emplace_back(credential.id, std::move(*value));
  }
  return values;
}

void Store::update(const Record& record) {
  write_record(open_directory(run_containers_.get(), record.id), record);
}

void Store::begin(const Record& record) {
  check(symlinkat(process_text(record.client).c_str(), launching_.get(), record.id.c_str()),
        "cannot note that a container is launched");
  try {
    if (mkdirat(run_containers_.get(), record.id.c_str(), 0700) != 0 && errno != EEXIST)
      throw_errno("cannot make a directory for the container's record");
    update(record);
  } catch (const Error&) {
    take_back(record);
    throw;
  }
}

void Store::keep(const Record& record) {
  write_record(open_directory(root_containers_.get(), record.id), record);
}

bool Store::take_back(const Record& record) {
  const auto text = read_at_if(root_containers_.get(), record.id + "/" + kRecord);
  if (!text) return false;
  const Status before = record_from_json(*text).status;
  if (before != Status::created && before != Status::exited) return false;
  remove_tree(run_containers_.get(), record.id);
  launched(record.id);
  return true;
}

void Store::launched(const std::string& id) noexcept { unlinkat(launching_.get(), id.c_str(), 0); }

// Of one that was renamed while it ran.
void Store::release_unit(const Record& record) const {
  if (!record.cgroup || record.cgroup->unit.empty()) return;
  const std::string link = paths_.run + "/units/" + record.cgroup->unit;
  if (read_link(link) == record.id) unlink(link.c_str());
}

void Store::finish(const Record& record) {
  release_unit(record);
  try {
    write_record(open_directory(root_containers_.get(), record.id), record);
    remove_tree(run_containers_.get(), record.id);
  } catch (const Error& error) {
    // the container itself may have filled the disk: how it ended is then known until the next boot
    if (error.error() != ENOSPC && error.error() != EDQUOT) throw;
    update(record);
  }
  launched(record.id);
}

void Store::rename(const std::string& id, const std::string& name) {
  const Fd held = lock(id);
  const Fd writing = lock_running(id);  // its end may be written at this moment
  const auto record = load(id);
  if (!held || !record) throw Error("container " + short_id(id) + " is gone");
  if (record->status == Status::dead) throw Error("the record of container " + short_id(id) + " is damaged");
  if (record->name == name) throw Error("container " + short_id(id) + " has this name already");
  if (launches(id)) throw Error("container " + record->name + " is just being started").remedy("try again");
  ContainerSpec spec = load_spec(id);
  take_name(name, id);
  Record renamed = *record;
  renamed.name = spec.name = name;
  const auto asked = [&](const char* flag) {
    return std::find(spec.scope.asked.begin(), spec.scope.asked.end(), flag) != spec.scope.asked.end();
  };
  if (!asked("--unit")) {
    spec.scope.unit = unit_name(name, "");
    if (record->cgroup && !record->cgroup->unit.empty() && !stands_still(*record)) {
      const Fd units = open_private_directory(paths_.run + "/units");
      if (symlinkat(id.c_str(), units.get(), record->cgroup->unit.c_str()) != 0 && errno != EEXIST)
        throw_errno("cannot note whose unit " + record->cgroup->unit + " is");
    }
  }
  const bool in_memory = exists(paths_.run + "/containers/" + id + "/" + kRecord);
  if (in_memory) update(renamed);
  if (exists(directory(id) + "/" + kRecord)) keep_name(id, name);
  save_spec(spec);
  release_name(record->name, id);
}

// Empty where it does not run.
Fd Store::lock_running(const std::string& id) const {
  Fd dir = open_directory(run_containers_.get(), id);
  if (dir) check(flock(dir.get(), LOCK_EX), "cannot lock the container's record");
  return dir;
}

Fd Store::lock_record(Record& record) const {
  Fd held = lock_running(record.id);
  const auto present = load(record.id);
  if (present && present->status != Status::dead) record.name = present->name;
  return held;
}

// In the record that outlives a boot.
void Store::keep_name(const std::string& id, const std::string& name) {
  const Fd dir = open_directory(root_containers_.get(), id);
  Record kept = record_from_json(read_at_if(dir.get(), kRecord).value_or(""));
  kept.name = name;
  write_record(dir, kept);
}

void Store::remove(const Record& record) {
  if (!is_id(record.id)) throw Error("refusing to remove what is not a container: " + printable(record.id));
  release_unit(record);
  // first: what has a record is whole
  for (const int parent : {run_containers_.get(), root_containers_.get()})
    unlinkat(parent, (record.id + "/" + kRecord).c_str(), 0);
  remove_tree(root_containers_.get(), record.id);
  const std::string name = record.name.empty() ? name_of(record.id) : record.name;
  if (!name.empty()) release_name(name, record.id);
  remove_tree(run_containers_.get(), record.id);
  launched(record.id);  // last: until here another command finds what is left
}

std::optional<Record> Store::load(const std::string& id) const {
  for (const int parent : {run_containers_.get(), root_containers_.get()}) {
    const auto text = read_at_if(parent, id + "/" + kRecord);
    if (!text) continue;
    try {
      Record record = record_from_json(*text);
      if (record.id == id) return record;
    } catch (const Error&) {
      // told below
    }
    return dead_record(id);  // after a power cut, or written to by others
  }
  return std::nullopt;
}

// What can still be said of a container whose record is damaged: enough to remove it.
Record Store::dead_record(const std::string& id) const {
  Record record;
  record.id = id;
  record.status = Status::dead;
  record.layer = layer_directory(paths_, id);
  record.name = name_of(id);
  return record;
}

std::string Store::name_of(const std::string& id) const {
  for (std::string& name : list_directory(paths_.root + "/names")) {
    if (read_link_at(names_.get(), name) == id) return std::move(name);
  }
  return {};
}

std::vector<std::string> Store::ids() const {
  std::set<std::string> found;
  for (const std::string& parent : {paths_.run, paths_.root}) {
    for (std::string& name : list_directory(parent + "/containers")) {
      if (is_id(name)) found.insert(std::move(name));
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Launching> Store::launching() const {
  std::vector<Launching> found;
  for (const std::string& name : list_directory(paths_.run + "/launching")) {
    if (is_id(name)) found.push_back({name, process_from(read_link_at(launching_.get(), name))});
  }
  return found;
}

bool Store::launches(const std::string& id) const { return launcher(id).has_value(); }

std::optional<ProcessId> Store::launcher(const std::string& id) const {
  const std::string client = read_link_at(launching_.get(), id);
  if (client.empty()) return std::nullopt;
  return process_from(client);
}

std::vector<Record> Store::list() const {
  std::vector<Record> records;
  for (const std::string& id : ids()) {
    if (auto record = load(id)) records.push_back(std::move(*record));
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.created_ns < b.created_ns; });
  return records;
}

Record Store::find(const std::string& word) const {
  const Error none = Error("there is no container '" + printable(word) + "'").remedy("see sdcont ps -a");
  const bool is_word = !word.empty() && word.find('/') == std::string::npos && word[0] != '.';
  if (!is_word) throw none;
  const std::string named = read_link_at(names_.get(), word);
  if (is_id(named)) {
    // by a link that a rename is just making, or about to remove, it is not found
    const auto record = load(named);
    if (record && (record->name == word || record->status == Status::dead)) return *record;
  }
  std::vector<std::string> matches = ids();
  std::erase_if(matches, [&](const std::string& id) { return !id.starts_with(word); });
  if (matches.size() > 1)
    throw Error("several containers begin with '" + printable(word) + "'").remedy("give more digits");
  if (matches.empty()) throw none;
  auto record = load(matches.front());
  if (!record) throw none;
  return *record;
}

void Store::sync(const std::string& id) const {
  const Fd dir = open_directory(root_containers_.get(), id);
  const Fd file(openat(dir.get(), kRecord, O_RDONLY | O_CLOEXEC));
  if (file) fsync(file.get());
  if (dir) fsync(dir.get());
  fsync(root_containers_.get());
}

Fd Store::lock(const std::string& id) const {
  Fd dir = open_directory(root_containers_.get(), id);
  if (!dir) return dir;
  check(flock(dir.get(), LOCK_EX), "cannot lock the container");
  return dir;
}

}  // namespace sdcont
