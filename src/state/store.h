#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spec/credentials.h"
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

/// The unit for a container whose name is taken: that of the spec, unless it is named after another container
/// that had the name before, and still runs in it.
std::string free_unit(const StorePaths& paths, const ContainerSpec& spec);

/// The name that a container was to have is another's.
class NameInUse : public Error {
 public:
  using Error::Error;
};

/// --rm: what goes with the container's end is kept in memory. Not that of one that is created and not
/// started.
enum class SpecPlace { as_its_record, lasting };

/// What is known of each container, on disk:
///
///   RUN/containers/ID/record.json     while it launches and runs (a tmpfs: gone at boot)
///   RUN/launching/ID                  while it launches, locked by all who do that: the client, the
///                                     supervisor that it forks, and init until it executes the command.
///                                     Where nobody holds it any more the launch was killed, and whoever
///                                     locks it then undoes it
///   RUN/units/UNIT                    a link to ID: it runs in that unit, and was renamed meanwhile
///   ROOT/containers/ID/record.json    as it was created; with its exit once it has ended; not with --rm
///   ROOT/containers/ID/spec.json      what it is run from, now and at each start; below RUN with --rm
///   ROOT/containers/ID/credentials/…  the values of --set-credential; not with --rm
///   ROOT/containers/ID/…              its writable layers
///   ROOT/names/NAME                   a link to ID: the name is taken
///
/// Each file is written whole or not at all. All directories are private to the user.
class Store {
 public:
  explicit Store(StorePaths paths);

  /// Takes the name and makes the container's directories, with its first record; throws NameInUse where that
  /// is so, and leaves nothing behind where it throws. Returns what is held by those that launch it.
  Fd create(const Record& record);
  /// Keeps the spec of a container that is created; that of an update replaces it.
  void save_spec(const ContainerSpec& spec, SpecPlace place = SpecPlace::as_its_record);
  /// Throws Error where there is none, or a damaged one.
  [[nodiscard]] ContainerSpec load_spec(const std::string& id) const;
  /// Keeps the values of credentials that were given for the next start: each a file that root alone can
  /// read.
  void save_credentials(const std::string& id, const CredentialValues& values);
  /// Those of them that a spec has; throws Error where one is not there.
  [[nodiscard]] CredentialValues load_credentials(const ContainerSpec& spec) const;
  /// The record of a container that launches or runs.
  void update(const Record& record);
  /// A container that is there is started: as create() does for a new one, but all that outlives it stays.
  Fd begin(const Record& record);
  /// It runs: a record of that outlives a boot.
  void keep(const Record& record);
  /// It could not be started: it is as it was. False where it was not there before.
  bool take_back(const Record& record);
  /// It has ended: the record with its exit is the only one from now on.
  void finish(const Record& record);
  /// It runs: it is no longer one of those that launch.
  void launched(const std::string& id) noexcept;
  /// Throws NameInUse.
  void rename(const std::string& id, const std::string& name);
  /// All that there is of a container: directories, layers, name.
  void remove(const Record& record);
  /// Names that a rename, which was killed, had taken, or was about to leave. `known`: of whom all is well.
  void release_stale_names(const std::vector<Record>& known);

  /// Nothing where there is no such container; a damaged record comes as that of a dead container.
  [[nodiscard]] std::optional<Record> load(const std::string& id) const;
  /// By name, id, or unique prefix of an id; throws Error where none or several fit.
  [[nodiscard]] Record find(const std::string& word) const;
  /// Oldest first.
  [[nodiscard]] std::vector<Record> list() const;
  /// Ids of those that launch, or whose launch was killed.
  [[nodiscard]] std::vector<std::string> launching() const;
  [[nodiscard]] bool launches(const std::string& id) const;
  /// The launch of one that was killed, for its holder to undo it, and for nobody else meanwhile. Empty where
  /// somebody is at work on it, and where it is not launched.
  [[nodiscard]] Fd take_killed_launch(const std::string& id) const;
  /// Ids of all that have a directory, in no order.
  [[nodiscard]] std::vector<std::string> ids() const;
  /// Up to `count` of the others, those that follow `id` in their order, going round.
  [[nodiscard]] std::vector<std::string> ids_after(const std::string& id, size_t count) const;
  /// Syncs the record on disk; not on the launch path.
  void sync(const std::string& id) const;

  [[nodiscard]] const StorePaths& paths() const { return paths_; }
  /// Where what outlives a boot of a container is kept.
  [[nodiscard]] std::string directory(const std::string& id) const {
    return paths_.root + "/containers/" + id;
  }
  /// Where the supervisor of a container that runs listens.
  [[nodiscard]] std::string socket(const std::string& id) const {
    return paths_.run + "/containers/" + id + "/socket";
  }

  /// Where the command of a container that runs says that it is ready.
  [[nodiscard]] std::string notify_socket(const std::string& id) const {
    return paths_.run + "/containers/" + id + "/notify";
  }

  /// Held while one command changes a container, so that another waits for it; empty where that is gone.
  [[nodiscard]] Fd lock(const std::string& id) const;
  /// For the supervisor, which cannot wait for what others do with that lock: held while the record of a
  /// container that runs is written, and never longer. Gives `record` the name that it has by now.
  [[nodiscard]] Fd lock_record(Record& record) const;

 private:
  static constexpr const char* kRecord = "record.json";

  [[nodiscard]] Fd note_launch(const std::string& id) const;
  void take_name(const std::string& name, const std::string& id) const;
  [[nodiscard]] Fd lock_running(const std::string& id) const;
  void keep_name(const std::string& id, const std::string& name);
  [[nodiscard]] bool is_name_of(const std::string& id, const std::string& name) const;
  void note_unit(const Record& record) const;
  void release_unit(const Record& record) const;
  void release_name(const std::string& name, const std::string& id) const;
  [[nodiscard]] bool release_stale_name(const std::string& name, const std::string& id) const;
  [[nodiscard]] Record dead_record(const std::string& id) const;
  [[nodiscard]] std::vector<std::string> names_of(const std::string& id) const;
  [[nodiscard]] std::vector<std::string> names_to_release(const Record& record) const;

  StorePaths paths_;
  Fd root_containers_, run_containers_, names_, launching_;
};

}  // namespace sdcont
