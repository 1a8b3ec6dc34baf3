#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cgroup/choose.h"
#include "process/activation.h"
#include "process/channel.h"
#include "rootfs/plan.h"
#include "spec/container_spec.h"
#include "spec/credentials.h"
#include "state/store.h"
#include "util/fd.h"

namespace sdcont {

/// What a launch needs beside the spec.
struct LaunchOptions {
  CgroupHost host;
  std::function<void(const std::string&)> warn;  ///< never kept quiet: a limit that is not had
  std::function<void(const std::string&)> hint;  ///< --quiet: what is accepted, and has no effect here
  Activation activation = {};                    ///< for the container
  std::optional<Notify> notify = {};             ///< instead of the spec's
  CredentialValues credentials = {};             ///< of a new container: those that were given
  bool detached = false;                         ///< the client leaves once the command runs
};

/// A container whose command runs.
struct Launched {
  Record record;
  Channel supervisor;
  Fd init;  ///< pidfd
};

/// Runs the command of a spec: returns once it is executed, under its limits, with its record written; else
/// throws, with everything undone. Of all signals that end a process the caller gets none from here on: they
/// are for the container (attach).
Launched launch(const ContainerSpec& spec, Store& store, const LaunchOptions& options);

/// Makes a container whose command is run by start(): name, directories, volumes. Its limits are looked at,
/// too, so that what cannot be had is told now.
Record create(const ContainerSpec& spec, Store& store, const LaunchOptions& options);

/// Runs the command of a container that does not run, as launch() does; where it throws, the container is as
/// it was. Nothing where it runs already.
std::optional<Launched> start(const Record& record, Store& store, const LaunchOptions& options);

}  // namespace sdcont
