#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "state/store.h"
#include "util/fd.h"
#include "util/process_id.h"

namespace sdcont {

/// A command that was executed in a container beside its first one: RUN/containers/ID/exec/EXECID.json, which
/// goes with the container's end.
struct ExecRecord {
  std::string id;  ///< 64 hexadecimal digits, as docker's
  std::vector<std::string> command;
  std::string user;
  bool terminal = false;
  bool detached = false;
  ProcessId process;          ///< the command's
  ProcessId monitor;          ///< who waits for it; where that is gone nobody will know its status
  uint64_t started_ns = 0;    ///< realtime
  uint64_t finished_ns = 0;   ///< 0 while it runs
  std::optional<int> status;  ///< as a shell gives it, once it has ended
};

std::string exec_record_to_json(const ExecRecord& record);
/// Throws Error for what is no record.
ExecRecord exec_record_from_json(const std::string& text);

/// The directory of a running container's exec records, made where it is absent. Of those that have ended the
/// oldest are dropped, so that there are never more than some dozens.
Fd open_exec_records(const StorePaths& paths, const std::string& container);
/// Replaces a record in that directory; nothing where the container is gone.
void write_exec_record(int directory, const ExecRecord& record);
/// Oldest first; a damaged record is left out. Empty where there are none.
std::vector<ExecRecord> list_exec_records(const StorePaths& paths, const std::string& container);

}  // namespace sdcont
