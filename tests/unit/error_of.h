#pragma once

#include <string>

#include "util/error.h"

namespace sdcont {

/// The text of the Error that `action` throws; empty where it throws none.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace sdcont
