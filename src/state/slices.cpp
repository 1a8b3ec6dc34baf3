#include "state/slices.h"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "spec/spec_json.h"
#include "util/error.h"
#include "util/file.h"

namespace sdcont {

std::optional<SliceSpec> SliceStore::load(const std::string& name) const {
  for (const bool runtime : {false, true}) {
    if (const auto text = read_file_if(directory(runtime) + "/" + name)) return slice_from_json(*text);
  }
  return std::nullopt;
}

std::vector<SliceSpec> SliceStore::list() const {
  std::vector<SliceSpec> slices;
  for (const bool runtime : {false, true}) {
    for (const std::string& name : list_directory(directory(runtime))) {
      if (!name.ends_with(".slice")) continue;  // one that is being written
      if (auto slice = load(name)) slices.push_back(std::move(*slice));
    }
  }
  std::sort(slices.begin(), slices.end(),
            [](const SliceSpec& a, const SliceSpec& b) { return a.name < b.name; });
  return slices;
}

void SliceStore::save(const SliceSpec& slice) const {
  const Fd own = open_private_directory(directory(slice.runtime));
  write_atomic(own.get(), slice.name, slice_to_json(slice),
               slice.runtime ? Durability::visible : Durability::synced);
}

void SliceStore::remove(const std::string& name) const {
  for (const bool runtime : {false, true}) {
    const std::string path = directory(runtime) + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) throw_errno("cannot remove " + path);
    for (const std::string& other : list_directory(directory(runtime))) {
      // what a killed command was writing; nobody else writes while we hold the lock
      if (other[0] == '.') unlink((directory(runtime) + "/" + other).c_str());
    }
    rmdir(directory(runtime).c_str());  // with the last one
  }
}

Fd SliceStore::lock(Lock how) const {
  Fd own = open_private_directory(paths_.run);
  check(flock(own.get(), how == Lock::shared ? LOCK_SH : LOCK_EX), "cannot lock the slices");
  return own;
}

}  // namespace sdcont
