#pragma once

#include <functional>
#include <optional>

#include "container/shrink.h"
#include "limits/limits.h"
#include "state/store.h"

namespace sdcont {

struct UpdateRequest {
  ContainerSpec asked;             ///< of this the resources, and how they were asked for
  std::optional<Restart> restart;  ///< the policy from now on
  HostFacts host;
  Shrink shrink = Shrink::refuse;
  std::function<void(const std::string&)> hint;
};

/// Changes limits of a container, and whether it is run again: of one that runs at once, and of each in what
/// it is started from. All or nothing; throws Error where it is nothing.
void update_container(const std::string& id, const UpdateRequest& request, Store& store);

}  // namespace sdcont
