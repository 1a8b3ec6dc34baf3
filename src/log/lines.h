#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "log/log.h"

namespace sdcont {

/// Makes lines of what comes in pieces.
class Lines {
 public:
  using Take = std::function<void(std::string_view line, bool whole)>;

  /// Gives each line that ends in `data`, and what grows longer than kLongestLine in pieces.
  void add(std::string_view data, const Take& take);
  /// Gives what has no end yet.
  void finish(const Take& take);

 private:
  std::string begun_;
};

}  // namespace sdcont
