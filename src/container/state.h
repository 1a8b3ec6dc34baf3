#pragma once

#include <functional>
#include <string>

#include "state/store.h"

namespace sdcont {

/// The container of that name, id or unique prefix, with its record brought to what is true. Throws Error
/// where there is none.
Record find_container(Store& store, const std::string& word);

/// Its command runs, or stands still.
bool is_alive(const Record& record);
/// Its processes stand still, as the kernel has it, whoever made them.
bool is_paused(const Record& record);
/// In docker's words: created, running, paused, restarting, exited, dead.
const char* state_name(const Record& record);

/// Throws Error, in docker's words, where it does not run.
void require_alive(const Record& record);

/// Does what another command may take the container away from: a failure that comes of that says so.
void while_there(const Record& record, const Store& store, const std::function<void()>& body);

}  // namespace sdcont
