#pragma once

#include <string>

#include "container/stop.h"

namespace sdcont {

class Parser;

/// The options that `stop` and `restart` share.
struct StopWords {
  std::string time, signal;

  void declare(Parser& parser);
  [[nodiscard]] StopRequest request() const;
};

}  // namespace sdcont
