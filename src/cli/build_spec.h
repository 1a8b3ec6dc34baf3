#pragma once

#include "cli/command.h"
#include "cli/image_root.h"
#include "cli/run_options.h"
#include "spec/container_spec.h"
#include "spec/credentials.h"
#include "state/store.h"

namespace sdcont {

/// --sdnotify: "container", "conmon", "ignore".
Notify parse_notify(const std::string& word);

/// The values of --set-credential. They are no part of a spec: the launch gets them apart from it.
CredentialValues given_credentials(const RunOptions& options);

/// What the words of `sdcont run` mean on this host. Throws Error for whatever does not make sense; makes
/// nothing but the missing host directories of -v, as docker does, and not even those for a dry run.
ContainerSpec build_spec(const RunOptions& options, const ImageRoot& image, const GlobalOptions& global);

}  // namespace sdcont
