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
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace sdcont {
namespace {

constexpr const char* kRecord = "record.json";
constexpr const char* kLayer = "layer";

std::string link_target(int dir, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t n = readlinkat(dir, name.c_str(), target.data(), target.size());
  return n < 0 ? std::string() : std::string(target.data(), static_cast<size_t>(n));
}

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

// Whoever finds the file in `dir` finds the whole record.
void write_record(const Fd& dir, const Record& record) {
  const std::string doing = "cannot write the record of container " + short_id(record.id);
  if (!dir) throw_errno(doing);
  try {
    write_atomic(dir.get(), kRecord, record_to_json(record), Durability::visible);
  } catch (const Error& error) {
    if (error.error() == ENOSPC || error.error() == EDQUOT) {
      throw Error(doing, error.error())
          .remedy("make room there, or choose another place with --root and --runtime-dir");
    }
    throw Error(doing, error.error());
  }
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
    const std::string owner = link_target(names_.get(), name);
    if (is_id(owner) && load(owner)) {
      throw NameInUse({.doing = "the name '" + name + "' is in use by container " + short_id(owner),
                       .remedy = "remove that one (sdcont rm " + name + "), or choose another name"});
    }
    release_name(name, owner);  // of a container that is gone
  }
  throw Error("cannot take the name " + name + ": others keep taking and leaving it");
}

void Store::release_name(const std::string& name, const std::string& id) {
  if (link_target(names_.get(), name) == id) unlinkat(names_.get(), name.c_str(), 0);
}

void Store::create(const Record& record) {
  const auto make = [&](int parent) {
    if (mkdirat(parent, record.id.c_str(), 0700) != 0)
      throw_errno("cannot make a directory for the container's record");
  };
  try {
    check(symlinkat(process_text(record.client).c_str(), launching_.get(), record.id.c_str()),
          "cannot note that a container is launched");
    make(run_containers_.get());
    update(record);
    take_name(record.name, record.id);
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

void Store::update(const Record& record) {
  write_record(open_directory(run_containers_.get(), record.id), record);
}

void Store::launched(const std::string& id) noexcept { unlinkat(launching_.get(), id.c_str(), 0); }

void Store::finish(const Record& record) {
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

void Store::remove(const Record& record) {
  if (!is_id(record.id)) throw Error("refusing to remove what is not a container: " + printable(record.id));
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
    if (link_target(names_.get(), name) == id) return std::move(name);
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
    if (is_id(name)) found.push_back({name, process_from(link_target(launching_.get(), name))});
  }
  return found;
}

bool Store::launches(const std::string& id) const { return !link_target(launching_.get(), id).empty(); }

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
  const std::string named = link_target(names_.get(), word);
  if (is_id(named)) {
    if (auto record = load(named)) return *record;
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
  Fd dir = open_directory(run_containers_.get(), id);
  if (!dir) dir = open_directory(root_containers_.get(), id);
  if (!dir) return dir;
  check(flock(dir.get(), LOCK_EX), "cannot lock the container");
  return dir;
}

}  // namespace sdcont
