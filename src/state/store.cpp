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

constexpr const char* kSpec = "spec.json";
constexpr const char* kLayer = "layer";
constexpr const char* kCredentials = "credentials";

Fd open_directory(int dir, const std::string& name) {
  return Fd(openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Of its open file, which goes on to who is forked: held until the last of them has closed it, or has died.
bool lock_file(const Fd& file, int command) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  int result = 0;
  while ((result = fcntl(file.get(), command, &whole)) != 0 && errno == EINTR) {
  }
  if (result != 0 && errno != EAGAIN && errno != EACCES) throw_errno("cannot lock the note of a launch");
  return result == 0;
}

bool has_name(const Fd& file) {
  struct stat st {};
  return fstat(file.get(), &st) == 0 && st.st_nlink > 0;
}

bool is_unit_asked(const ContainerSpec& spec) {
  const auto& asked = spec.scope.asked;
  return std::find(asked.begin(), asked.end(), "--unit") != asked.end();
}

// As that of --unit is, where it is not asked for.
void adopt_name(ContainerSpec& spec, const std::string& name) {
  if (spec.name == name) return;
  spec.name = name;
  if (!is_unit_asked(spec)) spec.scope.unit = unit_name(name, "");
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

void write_record(const Fd& dir, const char* name, const Record& record) {
  write_state(dir, name, record.id, record_to_json(record));
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

std::string free_unit(const StorePaths& paths, const ContainerSpec& spec) {
  const std::string link = paths.run + "/units/" + spec.scope.unit;
  const std::string id = read_link(link);
  if (is_unit_asked(spec) || id.empty() || id == spec.id) return spec.scope.unit;
  if (exists(paths.run + "/containers/" + id)) return unit_name(spec.name + "-" + short_id(spec.id), "");
  unlink(link.c_str());
  return spec.scope.unit;
}

Store::Store(StorePaths paths) : paths_(std::move(paths)) {
  open_state_directory(paths_.root);
  open_state_directory(paths_.run);
  root_containers_ = open_state_directory(paths_.root + "/containers");
  names_ = open_state_directory(paths_.root + "/names");
  run_containers_ = open_state_directory(paths_.run + "/containers");
  launching_ = open_state_directory(paths_.run + "/launching");
}

Fd Store::note_launch(const std::string& id) const {
  for (;;) {
    Fd file(openat(launching_.get(), id.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) throw_errno("cannot note that a container is launched");
    lock_file(file, F_OFD_SETLKW);
    // where it is gone, another took it for that of a launch that was killed, before it was locked
    if (has_name(file)) return file;
  }
}

Fd Store::take_killed_launch(const std::string& id) const {
  Fd file(openat(launching_.get(), id.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file || !lock_file(file, F_OFD_SETLK) || !has_name(file)) return {};
  return file;
}

Fd Store::create(const Record& record) {
  const auto make = [&](int parent) {
    if (mkdirat(parent, record.id.c_str(), 0700) != 0)
      throw_errno("cannot make a directory for the container's record");
  };
  Fd launch = note_launch(record.id);
  try {
    take_name(record.name, record.id);  // before the record: nobody is to see one whose name is another's
    make(run_containers_.get());
    update(record);
    make(root_containers_.get());
    // what goes with the container's end anyway has no record that outlives a boot
    if (!record.remove) write_record(open_directory(root_containers_.get(), record.id), kRecord, record);
    check(mkdirat(root_containers_.get(), (record.id + "/" + kLayer).c_str(), 0700),
          "cannot make a directory for the container's layers");
  } catch (const Error&) {
    remove(record);
    throw;
  }
  return launch;
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
    if (!text) continue;
    ContainerSpec spec = spec_from_json(*text);
    if (const auto record = load(id); record && !record->name.empty()) adopt_name(spec, record->name);
    return spec;
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
  write_record(open_directory(run_containers_.get(), record.id), kRecord, record);
}

Fd Store::begin(const Record& record) {
  Fd launch = note_launch(record.id);
  try {
    if (mkdirat(run_containers_.get(), record.id.c_str(), 0700) != 0 && errno != EEXIST)
      throw_errno("cannot make a directory for the container's record");
    update(record);
  } catch (const Error&) {
    take_back(record);
    throw;
  }
  return launch;
}

void Store::keep(const Record& record) {
  write_record(open_directory(root_containers_.get(), record.id), kRecord, record);
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
    write_record(open_directory(root_containers_.get(), record.id), kRecord, record);
    remove_tree(run_containers_.get(), record.id);
  } catch (const Error& error) {
    // the container itself may have filled the disk: how it ended is then known until the next boot
    if (error.error() != ENOSPC && error.error() != EDQUOT) throw;
    update(record);
  }
  launched(record.id);
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

void Store::remove(const Record& record) {
  if (!is_id(record.id)) throw Error("refusing to remove what is not a container: " + printable(record.id));
  release_unit(record);
  // first: what has a record is whole
  for (const int parent : {run_containers_.get(), root_containers_.get()})
    unlinkat(parent, (record.id + "/" + kRecord).c_str(), 0);
  for (const std::string& name : names_to_release(record)) release_name(name, record.id);
  remove_tree(run_containers_.get(), record.id);
  remove_tree(root_containers_.get(), record.id);  // last: by it another command finds what is left
  launched(record.id);
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
  const auto names = names_of(id);
  if (!names.empty()) record.name = names.front();
  return record;
}

std::vector<std::string> Store::ids_after(const std::string& id, size_t count) const {
  std::vector<std::string> found = list_directory(paths_.root + "/containers");
  std::erase_if(found, [&](const std::string& name) { return !is_id(name) || name == id; });
  count = std::min(count, found.size());
  const auto is_sooner = [&](const std::string& a, const std::string& b) {
    return std::pair(a < id, std::string_view(a)) < std::pair(b < id, std::string_view(b));
  };
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                    is_sooner);
  found.resize(count);
  return found;
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

std::vector<std::string> Store::launching() const {
  std::vector<std::string> found = list_directory(paths_.run + "/launching");
  std::erase_if(found, [](const std::string& name) { return !is_id(name); });
  return found;
}

bool Store::launches(const std::string& id) const {
  return faccessat(launching_.get(), id.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
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
