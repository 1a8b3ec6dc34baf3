#pragma once

#include <functional>

#include "cgroup/host.h"
#include "state/store.h"

namespace sdcont {

/// Undoes a launch that failed or was killed, from what its record says: processes, cgroups, layers, record,
/// name. Throws Error that lists what could not be undone.
void undo_launch(const Record& record, Store& store);
/// The same for a container that may have run, whose anonymous volumes may be kept.
enum class AnonymousVolumes { keep, remove };
void forget(const Record& record, AnonymousVolumes volumes, Store& store);

/// The container has ended and `record.exit` says how: kills what is left in its cgroup, removes the cgroup,
/// and writes the record; with --rm removes all that there is of it. Returns the cgroups that could not be
/// removed.
std::vector<std::string> conclude(Record record, Store& store);

/// Undoes the launches that were killed half-way, and looks that were, and warns of what cannot be undone.
/// Looks at nothing but those, so it costs nothing with many containers.
void heal_launches(Store& store, const CgroupHost& host, const std::function<void(const std::string&)>& warn);

/// The same for one launch; throws Error.
void heal_launch(const std::string& id, Store& store);

/// The same for what killed supervisors left, among the few whose ids follow one's own: ids are random, so
/// that all come round, and the time does not grow with their number.
void heal_neighbours(const std::string& own, Store& store,
                     const std::function<void(const std::string&)>& warn);

/// Brings the record of one container to what is true: what a crash or a reboot has left is concluded.
/// Returns it, or nothing where there is no such container (any more).
std::optional<Record> heal_container(const std::string& id, Store& store);

/// The same for all of them; returns them oldest first. Each record is read once, unless it has to be healed.
std::vector<Record> heal(Store& store, const std::function<void(const std::string&)>& warn);

}  // namespace sdcont
