#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/statistics.h"
#include "rootfs/layer_limit.h"
#include "spec/container_spec.h"
#include "util/process_id.h"

namespace sdcont {

/// Why a container ended.
enum class Reason {
  exited,         ///< the command ended by itself
  signalled,      ///< a signal killed it
  out_of_memory,  ///< the kernel's out-of-memory killer did
  timeout,        ///< --timeout
  stopped,        ///< sdcont stop, systemctl stop, a shutdown
  lost,           ///< nobody was there to see it: the supervisor was killed, or the machine went down
};
const char* reason_name(Reason reason);

/// How a container ended and what it used; complete, or not there.
struct ExitRecord {
  int status = 0;  ///< as the client exits: the command's, or 128 + signal
  int signal = 0;  ///< that ended init; 0 where it exited
  Reason reason = Reason::exited;
  std::string explanation;   ///< one sentence, without a full stop
  uint64_t finished_ns = 0;  ///< realtime
  uint64_t wall_ns = 0;      ///< from the start of the command
  Statistics usage;
  std::vector<AncestorCpu> slowed;  ///< the cgroups above that were throttled meanwhile
};

enum class Status {
  created,  ///< and never started
  launching,
  running,
  restarting,  ///< its command has ended, and will be run again (--restart)
  exited,
  dead,  ///< its record is damaged (docker's word for what can only be removed)
};
const char* status_name(Status status);

/// All that is known of a container.
struct Record {
  std::string id, name, image;
  std::vector<std::string> command;
  std::map<std::string, std::string> labels;
  ImageConfig config;       ///< as in ContainerSpec
  uint64_t created_ns = 0;  ///< realtime
  uint64_t started_ns = 0;
  Status status = Status::launching;
  uint64_t restarts = 0;                  ///< by --restart, since it was started
  bool remove = false;                    ///< --rm
  std::string layer;                      ///< directory of the writable layers, or empty
  std::optional<LayerLimit> layer_limit;  ///< --storage-opt size
  Root root;                              ///< what is below them
  std::vector<Mount> mounts;              ///< volumes, and what else the user mounted
  std::string image_id;                   ///< of a stored image: the digest of its configuration
  ProcessId client;                       ///< who launches it
  ProcessId supervisor;
  ProcessId init;
  std::optional<CgroupRecord> cgroup;
  std::optional<ExitRecord> exit;
  bool unattended = false;  ///< found by healing, never kept: it runs, but its supervisor was killed
};

/// Nothing of it runs, nor is about to: created, exited, dead.
bool stands_still(const Record& record);

/// As JSON, and back; throws Error for what is not a record.
std::string record_to_json(const Record& record);
Record record_from_json(const std::string& text);
std::string exit_to_json(const ExitRecord& exit);
ExitRecord exit_from_json(const std::string& text);

}  // namespace sdcont
