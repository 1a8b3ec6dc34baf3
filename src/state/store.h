#pragma once

#include <optional>
#include <string>
#include <vector>

#include "state/record.h"
#include "util/error.h"
#include "util/fd.h"

namespace sdcont {

struct StorePaths {
  std::string root = "/var/lib/sdcont";  ///< --root: containers, their layers, names
  std::string run = "/run/sdcont";       ///< --runtime-dir: what is gone at boot
};

/// Where a container's writable layers are.
std::string layer_directory(const StorePaths& paths, const std::string& id);

/// The name that a container was to have is another's.
class NameInUse : public Error {
 public:
  using Error::Error;
};

struct Launching {
  std::string id;
  ProcessId client;
};

/// What is known of each container, on disk:
///
///   RUN/containers/ID/record.json     while it launches and runs (a tmpfs: gone at boot)
///   RUN/launching/ID                  while it launches, a link to the client's "pid:start time": by these
///                                     what a killed launch has left is found
///   ROOT/containers/ID/record.json    as it was created; with its exit once it has ended; not with --rm
///   ROOT/containers/ID/…              its writable layers
///   ROOT/names/NAME                   a link to ID: the name is taken
///
/// Each file is written whole or not at all. All directories are private to the user.
class Store {
 public:
  explicit Store(StorePaths paths);

  /// Takes the name and makes the container's directories, with its first record; throws NameInUse where that
  /// is so, and leaves nothing behind where it throws.
  void create(const Record& record);
  /// The record of a container that launches or runs.
  void update(const Record& record);
  /// It has ended: the record with its exit is the only one from now on.
  void finish(const Record& record);
  /// It runs: it is no longer one of those that launch.
  void launched(const std::string& id) noexcept;
  /// All that there is of a container: directories, layers, name.
  void remove(const Record& record);

  /// Nothing where there is no such container; a damaged record comes as that of a dead container.
  [[nodiscard]] std::optional<Record> load(const std::string& id) const;
  /// By name, id, or unique prefix of an id; throws Error where none or several fit.
  [[nodiscard]] Record find(const std::string& word) const;
  /// Oldest first.
  [[nodiscard]] std::vector<Record> list() const;
  /// Ids of those that launch, or whose launch was killed.
  [[nodiscard]] std::vector<Launching> launching() const;
  [[nodiscard]] bool launches(const std::string& id) const;
  /// Ids of all that have a directory, in no order.
  [[nodiscard]] std::vector<std::string> ids() const;
  /// Syncs the record on disk; not on the launch path.
  void sync(const std::string& id) const;

  [[nodiscard]] const StorePaths& paths() const { return paths_; }

  /// Held while one command changes a container, so that another waits for it; empty where that is gone.
  [[nodiscard]] Fd lock(const std::string& id) const;

 private:
  void take_name(const std::string& name, const std::string& id);
  void release_name(const std::string& name, const std::string& id);
  [[nodiscard]] Record dead_record(const std::string& id) const;
  [[nodiscard]] std::string name_of(const std::string& id) const;

  StorePaths paths_;
  Fd root_containers_, run_containers_, names_, launching_;
};

}  // namespace sdcont
